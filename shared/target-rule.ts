import { PushboatError } from './errors.ts';
import { parseReference, type Reference } from './reference.ts';

/** Where images go that are pushed together: under one registry and path, each under its own name. */
export interface TargetRule {
  /** `host[:port]` as references have it. */
  registry: string;
  /** Before each repository, without slashes at the ends; empty for none. */
  path: string;
  /** `path`: the whole repository, `acme/web`; `name`: its last part, `web`. */
  keep: 'path' | 'name';
}

/**
 * Reads `REGISTRY[/PATH]`, with or without `docker://`.
 * @throws PushboatError REF_INVALID for what is no registry, or has a tag
 */
export function parseTargetPrefix(text: string): Pick<TargetRule, 'registry' | 'path'> {
  const bare = text
    .trim()
    .replace(/^docker:\/\//, '')
    .replace(/\/+$/, '');
  // With a name behind it, it is a reference, whatever it has of a path itself.
  const { registry, repository } = parsePrefixReference(`${bare}/x`, text);
  const path = repository.replace(/\/?x$/, '');
  if (bare.toLowerCase() !== [registry, path].filter(Boolean).join('/').toLowerCase()) throw notARegistry(text);
  return { registry, path };
}

/** The target of an image with this name. Docker Hub's `library/` is not part of a name elsewhere. */
export function targetUnder({ registry, path, keep }: TargetRule, image: Reference): Reference & { tag: string } {
  const whole = image.registry === 'docker.io' ? image.repository.replace(/^library\//, '') : image.repository;
  const name = keep === 'name' ? (whole.split('/').at(-1) ?? whole) : whole;
  const repository = path === '' ? name : `${path}/${name}`;
  const tag = image.tag ?? 'latest';
  return { ...parseReference(`${registry}/${repository}:${tag}`), tag };
}

/** The name for an image that has none, from its file or folder: `App 1.0.tar.gz` is `app-1.0`, and `web:1.2` is `web`. */
export function nameOfFile(path: string): string {
  const name = baseOf(path)
    .replace(NAME_AND_TAG, '$1')
    .replace(/\.(?:t?gz|tzst|zst)$/i, '')
    .replace(/\.(?:tar|oci|docker)$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/[._-]{2,}/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  return name || 'image';
}

/** The tag in such a name: `skopeo sync` calls folders `web:1.2`. */
export function tagOfFile(path: string): string | undefined {
  return NAME_AND_TAG.exec(baseOf(path))?.[2];
}

const NAME_AND_TAG = /^([a-z0-9._-]+):(\w[\w.-]{0,127})$/;

function baseOf(path: string): string {
  const parts = path.replace(/[/\\]+$/, '').split(/[/\\]/);
  return parts.at(-1) ?? '';
}

function parsePrefixReference(reference: string, text: string): Reference {
  try {
    return parseReference(reference);
  } catch {
    throw notARegistry(text);
  }
}

function notARegistry(text: string): PushboatError {
  return new PushboatError('REF_INVALID', `${text} is not a registry with or without a path, such as ghcr.io/acme.`, {
    part: 'registry',
    position: 0,
    detail: 'images keep their own names and tags below it',
    hint: 'check-address',
  });
}
