import { z } from 'zod';
import { PushboatError } from '../../../shared/errors.ts';
import { withLowerKeys } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { parseJson } from '../json.ts';
import { MAX_LAYOUT_INDEX_BYTES, validate } from '../parse.ts';
import { archiveInvalid } from '../tar/archive-errors.ts';
import { DOCKER_MANIFEST } from './file-names.ts';

/** One image of `manifest.json`. The names are those of members of the archive. */
export interface DockerEntry {
  /** `[0]`, for messages. */
  field: string;
  config: string;
  tags: string[];
  layers: string[];
}

const names = lazySchema(() =>
  z
    .array(z.string())
    .nullish()
    .transform((list) => list ?? []),
);

const FIELDS = ['Config', 'RepoTags', 'Layers'];

/** Go reads the names of fields whatever their case. */
function withFieldNames(value: unknown): unknown {
  const lower = withLowerKeys(value);
  if (typeof lower !== 'object' || lower === null || Array.isArray(lower)) return value;
  const fields = lower as Record<string, unknown>;
  return Object.fromEntries(FIELDS.map((name) => [name, fields[name.toLowerCase()]]));
}

const schema = lazySchema(() =>
  z.array(z.preprocess(withFieldNames, z.object({ Config: z.string().min(1), RepoTags: names, Layers: names }))),
);

/** What `manifest.json` of the archive at `path` says. @throws PushboatError ARCHIVE_INVALID naming the field */
export function parseDockerManifest(bytes: Uint8Array, path: string): DockerEntry[] {
  const what = DOCKER_MANIFEST;
  const value = parseJson(bytes, {
    what,
    code: 'ARCHIVE_INVALID',
    hint: 'rebuild-image',
    path,
    maxBytes: MAX_LAYOUT_INDEX_BYTES,
  });
  try {
    return validate(schema, value, what, { path }).map(({ Config, RepoTags, Layers }, at) => ({
      field: `[${at}]`,
      config: Config,
      tags: RepoTags,
      layers: Layers,
    }));
  } catch (error) {
    if (!(error instanceof PushboatError)) throw error;
    throw archiveInvalid(path, `${what}: ${error.facts.detail ?? error.message}`, undefined, error);
  }
}
