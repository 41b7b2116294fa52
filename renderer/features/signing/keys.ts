import type { SigningKeyName } from '../../../shared/signing.ts';
import { inBackground, request } from '../../api.ts';
import { fileName } from '../../model/file-name.ts';
import { showError } from '../../stores/messages.ts';
import { useSigning } from '../../stores/signing.ts';

/** Looks for gpg's keys, again each time: a card may have been put in meanwhile. */
export function loadKeys(): void {
  inBackground(
    request('signing.keys').then((keys) => useSigning.setState({ keys })),
    showError,
  );
}

/** What people know a key by: its owner, or the file's name. */
export function useKeyName({ kind, name }: SigningKeyName): string {
  const owner = useSigning(({ keys }) => keys?.find(({ fingerprint }) => fingerprint === name)?.name);
  return kind === 'sigstore' ? fileName(name) : owner || shortFingerprint(name);
}

/** The end of a fingerprint, in groups, as gpg shows a long key id. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(-16).replace(/.{4}(?=.)/g, '$& ');
}
