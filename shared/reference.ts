import { type Digest, isDigest } from './digest.ts';
import type { ReferencePart } from './error-data.ts';
import { PushboatError } from './errors.ts';

/**
 * Where an image is or goes, normalised as Docker does: `registry` is `docker.io` when none was written, and
 * `repository` begins with `library/` for Docker Hub's official images. Grammar: distribution/reference.
 */
export interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
}

/** Docker Hub's name in references, its older name, and the host that serves its API. */
export const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_OLD = 'index.docker.io';
const DOCKER_HUB_API = 'registry-1.docker.io';
const OFFICIAL_PREFIX = 'library/';

/** Longest repository path, in characters, that registries accept (distribution/reference). */
const REPOSITORY_MAX = 255;
const TAG_MAX = 128;

const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const REGISTRY = new RegExp(`^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const BARE_IMAGE_ID = /^[a-f0-9]{64}$/;

/**
 * Parses and normalises a reference.
 * @throws PushboatError REF_INVALID; `facts.part` and `facts.position` say what is wrong and where in `input`.
 */
export function parseReference(input: string): Reference {
  if (input === '') throw invalid(input, 'reference', 0, 'it is empty');
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(input);
  if (scheme) throw invalid(input, 'registry', 0, `it begins with ${scheme[0]}, and a reference has no scheme`);
  if (BARE_IMAGE_ID.test(input)) {
    throw invalid(input, 'repository', 0, 'a name of 64 hexadecimal digits would be taken for an image ID');
  }
  const { name, tag, digest } = splitSuffixes(input);
  const { registry, path, offset } = splitRegistry(name);
  if (registry !== undefined) checkRegistry(input, registry);
  checkRepository(input, path, offset);
  const host = registry === undefined || registry === DOCKER_HUB_OLD ? DOCKER_HUB : registry;
  const repository = host === DOCKER_HUB && !path.includes('/') ? OFFICIAL_PREFIX + path : path;
  checkLength(input, repository, offset);
  if (tag) checkTag(input, tag.text, tag.offset);
  if (digest) checkDigest(input, digest.text, digest.offset);
  return {
    registry: host,
    repository,
    tag: tag?.text,
    digest: digest ? (digest.text as Digest) : undefined,
  };
}

/**
 * The reference that an image's own name stands for, or undefined when the name is none: layouts often carry a bare tag
 * (`1.2`, `latest`), which must not be taken for a repository of Docker Hub.
 */
export function referenceOfName(name: string): Reference | undefined {
  return /[/:@]/.test(name) ? referenceOrUndefined(name) : undefined;
}

/** Undefined for what is no reference: a store may call an image as it likes, and a remembered text may be damaged. */
export function referenceOrUndefined(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}

interface Piece {
  text: string;
  offset: number;
}

/** Cuts `@digest` and `:tag` off: the digest starts at the first `@`, the tag at the last `:` after the last `/`. */
function splitSuffixes(input: string): { name: string; tag?: Piece | undefined; digest?: Piece | undefined } {
  const at = input.indexOf('@');
  const beforeDigest = at === -1 ? input : input.slice(0, at);
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/') && !beforeDigest.endsWith(']');
  return {
    name: hasTag ? beforeDigest.slice(0, colon) : beforeDigest,
    tag: hasTag ? { text: beforeDigest.slice(colon + 1), offset: colon + 1 } : undefined,
    digest: at === -1 ? undefined : { text: input.slice(at + 1), offset: at + 1 },
  };
}

/**
 * The first component is the registry when it could not be a Docker Hub namespace: it has a dot or a colon, has a
 * capital letter, or is `localhost` (splitDockerDomain of distribution/reference).
 */
function splitRegistry(name: string): { registry?: string; path: string; offset: number } {
  const slash = name.indexOf('/');
  if (slash === -1) return { path: name, offset: 0 };
  const first = name.slice(0, slash);
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  return isRegistry ? { registry: first, path: name.slice(slash + 1), offset: slash + 1 } : { path: name, offset: 0 };
}

function checkRegistry(input: string, registry: string): void {
  const port = /:([^:\]]*)$/.exec(registry);
  if (REGISTRY.test(registry)) {
    if (!port || isPort(port[1] ?? '')) return;
    throw invalid(input, 'registry', port.index + 1, 'a port is a number from 1 to 65535');
  }
  if (port && REGISTRY.test(registry.slice(0, port.index)) && !/^[0-9]+$/.test(port[1] ?? '')) {
    throw invalid(input, 'registry', port.index + 1, 'the port must be a number');
  }
  if (registry.split(':').length > 2 && !registry.startsWith('[')) {
    throw invalid(input, 'registry', 0, 'an IPv6 address needs square brackets, as in [::1]:5000');
  }
  const position = firstWrong(registry, (text) => ['', '0', '0]', ']'].some((end) => REGISTRY.test(text + end)));
  throw invalid(input, 'registry', position, `${JSON.stringify(registry)} is not a host name or address`);
}

function isPort(text: string): boolean {
  const port = Number(text);
  return port >= 1 && port <= 65_535;
}

function checkRepository(input: string, path: string, offset: number): void {
  if (path === '') throw invalid(input, 'repository', offset, 'the repository is missing');
  let start = offset;
  for (const component of path.split('/')) {
    if (!PATH_COMPONENT.test(component)) throw wrongComponent(input, component, start);
    start += component.length + 1;
  }
}

function wrongComponent(input: string, component: string, start: number): PushboatError {
  if (component === '') return invalid(input, 'repository', start, 'there is an empty part between two slashes');
  const capital = /[A-Z]/.exec(component);
  if (capital && PATH_COMPONENT.test(component.toLowerCase())) {
    return invalid(input, 'repository', start + capital.index, 'the repository must be in lower case');
  }
  // A separator must stand between letters or digits, so a prefix that a letter would complete is still right.
  const position = firstWrong(component, (text) => PATH_COMPONENT.test(text) || PATH_COMPONENT.test(`${text}0`));
  const why =
    position >= component.length
      ? `${JSON.stringify(component)} must end with a letter or digit`
      : `${JSON.stringify(component)} may hold lower-case letters and digits, with single . or _, double _, or - between them`;
  return invalid(input, 'repository', start + Math.min(position, component.length - 1), why);
}

function checkLength(input: string, repository: string, offset: number): void {
  if (repository.length <= REPOSITORY_MAX) return;
  throw invalid(
    input,
    'repository',
    offset + REPOSITORY_MAX,
    `the repository is longer than ${REPOSITORY_MAX} characters`,
  );
}

function checkTag(input: string, tag: string, offset: number): void {
  if (TAG.test(tag)) return;
  if (tag === '') throw invalid(input, 'tag', offset, 'the tag after the colon is missing');
  if (tag.length > TAG_MAX && TAG.test(tag.slice(0, TAG_MAX))) {
    throw invalid(input, 'tag', offset + TAG_MAX, `the tag is longer than ${TAG_MAX} characters`);
  }
  const position = firstWrong(tag, (text) => TAG.test(text));
  throw invalid(
    input,
    'tag',
    offset + position,
    'a tag holds letters, digits, _, . and -, and does not begin with . or -',
  );
}

function checkDigest(input: string, digest: string, offset: number): void {
  if (isDigest(digest)) return;
  const colon = digest.indexOf(':');
  const algorithm = colon === -1 ? digest : digest.slice(0, colon);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    throw invalid(input, 'digest', offset, 'the digest must begin with sha256: or sha512:');
  }
  const hex = digest.slice(colon + 1);
  const wanted = algorithm === 'sha256' ? 64 : 128;
  const wrong = firstWrong(hex, (text) => /^[a-f0-9]*$/.test(text));
  if (wrong < hex.length) {
    throw invalid(input, 'digest', offset + colon + 1 + wrong, 'the digest must be in lower-case hexadecimal');
  }
  const at = offset + colon + 1 + Math.min(hex.length, wanted);
  throw invalid(input, 'digest', at, `a ${algorithm} digest has ${wanted} hexadecimal digits, not ${hex.length}`);
}

/** Length of the longest prefix of which every prefix is right: the offset of the first wrong character. */
function firstWrong(text: string, isRight: (prefix: string) => boolean): number {
  for (let length = 1; length <= text.length; length++) {
    if (!isRight(text.slice(0, length))) return length - 1;
  }
  return text.length;
}

function invalid(input: string, part: ReferencePart, position: number, why: string): PushboatError {
  const shown = input.length > 300 ? `${input.slice(0, 300)}…` : input;
  return new PushboatError('REF_INVALID', `The reference ${JSON.stringify(shown)} is not valid: ${why}.`, {
    part,
    position,
    detail: why,
    hint: 'fix-reference',
  });
}

/** The full form: `docker.io/library/busybox:1.36@sha256:…`. */
export function canonicalReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The shortest form that means the same: `busybox:1.36`. */
export function familiarReference(reference: Reference): string {
  const { registry, repository } = reference;
  if (registry !== DOCKER_HUB) return canonicalReference(reference);
  const official = repository.startsWith(OFFICIAL_PREFIX) ? repository.slice(OFFICIAL_PREFIX.length) : undefined;
  const short = official !== undefined && !official.includes('/') ? official : repository;
  // A namespace such as `1.0/web` would be read as a registry without the host in front of it.
  return splitRegistry(short).registry === undefined ? short + suffix(reference) : canonicalReference(reference);
}

/** Adds `:latest` where neither tag nor digest was given, as Docker does. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

/** The host (with port) that serves the API of `registry`: Docker Hub's differs from its name. */
export function registryApiHost(registry: string): string {
  return registry === DOCKER_HUB || registry === DOCKER_HUB_OLD ? DOCKER_HUB_API : registry;
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}
