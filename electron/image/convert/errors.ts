import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';

/** The manifest formats that an image can be pushed in, as `--format` names them. */
export type ManifestFormat = 'oci' | 'v2s2' | 'v2s1';

/** Their names for people. */
export const FORMAT_NAMES: Record<ManifestFormat, string> = {
  oci: 'OCI',
  v2s2: 'Docker v2 schema 2',
  v2s1: 'Docker v2 schema 1',
};

/** An image, or a part of it, has no form in a format. `why` follows "because". */
export function unsupportedIn(format: ManifestFormat, digest: Digest, why: string): PushboatError {
  return new PushboatError(
    'FORMAT_UNSUPPORTED',
    `The manifest ${digest} cannot be converted to ${FORMAT_NAMES[format]}, because ${why}.`,
    { digest, detail: why, hint: 'choose-format' },
  );
}
