import { PushboatError } from '../../../shared/errors.ts';
import { canonicalReference, type Reference, referenceOfName, withDefaultTag } from '../../../shared/reference.ts';

const MAX_TAGS = 12;

/** How close a name is to what a person typed: the same, with the usual registry or namespace before it, or with any. */
export type Closeness = 0 | 1 | 2;

/** The lower, the closer; undefined where none of the names is meant. */
export function closeness(names: readonly string[], text: string): Closeness | undefined {
  if (names.includes(text)) return 0;
  const usual = [`localhost/${text}`, `docker.io/library/${text}`, `docker.io/${text}`];
  if (names.some((name) => usual.includes(name) || isSame(name, text))) return 1;
  return names.some((name) => name.endsWith(`/${text}`)) ? 2 : undefined;
}

/** `alpine:3` and `docker.io/library/alpine:3` are one name. */
function isSame(name: string, text: string): boolean {
  const [one, other] = [name, text].map((each) => referenceOfName(hasTag(each) ? each : `${each}:latest`));
  return one !== undefined && other !== undefined && canonicalReference(one) === canonicalReference(other);
}

/** The name that was meant, among an image's own; undefined where the text is an id, or means none of them. */
export function meantName(names: readonly string[], text: string): string | undefined {
  const tagged = withTag(text);
  return [0, 1, 2].map((wanted) => names.find((name) => closeness([name], tagged) === wanted)).find((name) => name);
}

/** Names in the repository that a text without a tag means, the closest ones only. */
export function namesInRepository(names: readonly string[], text: string): string[] {
  const matches = names.map((name) => closeness([repositoryOf(name)], text));
  const best = [0, 1, 2].find((wanted) => matches.some((match) => match === wanted));
  return best === undefined ? [] : [...new Set(names.filter((_, at) => matches[at] === best))];
}

export function hasTag(text: string): boolean {
  return /[:@]/.test(text.slice(text.lastIndexOf('/') + 1));
}

export function withTag(text: string): string {
  return hasTag(text) ? text : `${text}:latest`;
}

/** Without tag and digest. */
export function repositoryOf(name: string): string {
  const [tagged = ''] = name.split('@', 1);
  const colon = tagged.lastIndexOf(':');
  return colon > tagged.lastIndexOf('/') ? tagged.slice(0, colon) : tagged;
}

/** What is to be said where a name without a tag means `latest`, and its repository has other tags, too. */
export function noteOfOtherTags(names: readonly string[], repository: string): string | undefined {
  const tags = tagsOf(names);
  const others = tags.filter((tag) => tag !== 'latest');
  if (others.length === 0 || others.length === tags.length) return undefined;
  return `${repository} has ${tags.length} tags, and only latest is taken: --all-tags takes ${shown(others)}, too.`;
}

/** A repository was named, it has several tags, and `latest` is none of them. */
export function noLatestTag(store: string, repository: string, names: readonly string[], ref: string): PushboatError {
  const tags = tagsOf(names);
  const message = `${store} has ${tags.length} tags of ${repository} (${shown(tags)}), and none is latest: name one of them, or all of them with --all-tags.`;
  const candidates = tags.slice(0, MAX_TAGS).map((tag) => `${ref}:${tag}`);
  return new PushboatError('IMAGE_AMBIGUOUS', message, { candidates, hint: 'use-full-name' });
}

function tagsOf(names: readonly string[]): string[] {
  return names.map((name) => name.slice(name.lastIndexOf(':') + 1));
}

function shown(tags: readonly string[]): string {
  return tags.length > MAX_TAGS ? `${tags.slice(0, MAX_TAGS).join(', ')}, …` : tags.join(', ');
}

/** The first whole reference among an image's names, with `latest` where it has no tag: what policies know it by. */
export function taggedReference(names: readonly string[]): Reference | undefined {
  const reference = names.map(referenceOfName).find((each) => each !== undefined);
  return reference && withDefaultTag(reference);
}

/** The last part of a name, without tag and digest: `web` of `ghcr.io/acme/web:1.2`. */
export function lastPart(name: string): string {
  const [path = ''] = name.split('@', 1);
  return path.slice(path.lastIndexOf('/') + 1).replace(/:.*$/, '');
}
