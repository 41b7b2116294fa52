import type { ImageSummary } from '../../shared/images.ts';
import { DOCKER_HUB, parseReference, type Reference } from '../../shared/reference.ts';
import { interpretTarget } from './interpret.ts';

/** Where several images go, by one rule. */
export interface ManyRule {
  /** Registry and what stands before the image's own name; empty: each to its own reference. */
  prefix: string;
  /** With the whole repository of the image behind it, or its last part only. */
  keepPath: boolean;
}

/** What an image is called. */
type Named = Pick<ImageSummary, 'references' | 'name'>;

/** One image of several and its target. */
export interface ManyRow {
  image: ImageSummary;
  /** As it is typed, or made by the rule. */
  target: string;
  /** Why it is not pushed: it has no name to make a target of, the target is no reference, or another row has the same. */
  problem?: 'noName' | 'invalid' | 'conflict';
}

/** The rows of several images, in their order. A row that a person has edited keeps its text when the rule changes. */
export function manyRows(
  images: readonly ImageSummary[],
  rule: ManyRule,
  edited: ReadonlyMap<string, string>,
): ManyRow[] {
  const rows = images.map((image) => ({ image, target: edited.get(image.id) ?? targetOf(image, rule) ?? '' }));
  const owners = new Map<string, number>();
  for (const { target } of rows) {
    const canonical = canonicalOf(target);
    if (canonical !== undefined) owners.set(canonical, (owners.get(canonical) ?? 0) + 1);
  }
  return rows.map((row) => {
    const canonical = canonicalOf(row.target);
    if (row.target.trim() === '') return { ...row, problem: 'noName' };
    if (canonical === undefined) return { ...row, problem: 'invalid' };
    return (owners.get(canonical) ?? 0) > 1 ? { ...row, problem: 'conflict' } : row;
  });
}

/** The last target that such an image was pushed to, else its own name on the last registry. */
export function lastTarget(image: Named, recentTargets: readonly string[]): string | undefined {
  const own = ownReference(image);
  if (own === undefined) return undefined;
  const recent = recentTargets.map(parsed).filter((reference) => reference !== undefined);
  const isSame = ({ repository, tag }: Reference) => lastOf(repository) === lastOf(own.repository) && tag === own.tag;
  const known = recent.findIndex(isSame);
  if (known !== -1) return recentTargets[known];
  const [last] = recent;
  return last && `${last.registry}/${pathOf(own)}:${own.tag ?? 'latest'}`;
}

/** What to propose as the prefix: none where each image names a registry of its own. */
export function proposedPrefix(images: readonly ImageSummary[], recentTargets: readonly string[]): string {
  const own = images.map(ownReference);
  if (own.every((reference) => reference !== undefined && reference.registry !== DOCKER_HUB)) return '';
  const last = recentTargets.map(parsed).find((reference) => reference !== undefined);
  if (last === undefined) return '';
  const folder = last.repository.split('/').slice(0, -1).join('/');
  return folder === '' ? last.registry : `${last.registry}/${folder}`;
}

function targetOf(image: ImageSummary, { prefix, keepPath }: ManyRule): string | undefined {
  const own = ownReference(image);
  if (own === undefined) return undefined;
  const tag = own.tag ?? 'latest';
  const start = prefix.trim().replace(/\/+$/, '');
  if (start === '') return isWhole(image) ? `${own.registry}/${own.repository}:${tag}` : undefined;
  return `${start}/${keepPath ? pathOf(own) : lastOf(own.repository)}:${tag}`;
}

/** A store may know an image by its tag alone: then nothing says to which registry it belongs. */
function isWhole({ references }: ImageSummary): boolean {
  return references.some((reference) => /[/:]/.test(reference));
}

function ownReference({ references, name }: Named): Reference | undefined {
  const whole = references.filter((reference) => /[/:]/.test(reference));
  return [...whole, name].map(parsed).find((reference) => reference !== undefined);
}

function parsed(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    // What a store calls an image need not be a reference.
    return undefined;
  }
}

function pathOf({ registry, repository }: Reference): string {
  return registry === DOCKER_HUB ? repository.replace(/^library\//, '') : repository;
}

function lastOf(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

function canonicalOf(target: string): string | undefined {
  const meaning = interpretTarget(target);
  return meaning.kind === 'valid' ? meaning.canonical : undefined;
}
