import type { ImageSummary } from '../../shared/images.ts';
import { platformText } from '../../shared/platforms.ts';
import { DOCKER_HUB, type Reference, referenceOrUndefined } from '../../shared/reference.ts';
import { ownReference, shortRepository } from './image-name.ts';
import { interpretTarget } from './interpret.ts';

/** Where several images go, by one rule. */
export interface ManyRule {
  /** Registry and what stands before the image's own name; empty: each to its own reference. */
  prefix: string;
  /** With the whole repository of the image behind it, or its last part only. */
  keepPath: boolean;
  /** Behind each tag, as in `-rc1`. */
  suffix: string;
  /** Nobody has typed the prefix. */
  isProposed?: boolean;
}

/** What an image is called. */
type Named = Pick<ImageSummary, 'references' | 'name'>;

/** One image of several and its target. */
export interface ManyRow {
  image: ImageSummary;
  /** As it is typed, or made by the rule. */
  target: string;
  /** A person typed it. */
  isEdited: boolean;
  /** A person typed it, or the rule that made it. */
  isChosen: boolean;
  /** As registries and jobs have it; absent where the target is none. */
  canonical?: string;
  /** Why it is not pushed: a person says so, it has no name to make a target of, the target is no reference, or another row has the same. */
  problem?: 'leftOut' | 'noName' | 'invalid' | 'conflict';
  /** In a conflict: the row beside it has the same target. */
  twin?: 'above' | 'next';
  /** At the last row of a conflict. */
  fixes?: ConflictFixes;
}

/** What settles a conflict. */
export interface ConflictFixes {
  /** The images of its rows, in their order: each would replace the one before. */
  images: readonly string[];
  /** Targets by image that would tell its rows apart, with the platforms at the ends of the tags; absent where platforms do not. */
  apart?: ReadonlyMap<string, string>;
}

/** What is done for single rows. */
export interface RowChoices {
  /** Targets that were typed, by image. */
  edited: ReadonlyMap<string, string>;
  /** Images that stay in the list and are not pushed. */
  leftOut?: ReadonlySet<string>;
}

/** The rows of several images, in their order. A row that a person has edited keeps its text when the rule changes. */
export function manyRows(images: readonly ImageSummary[], rule: ManyRule, { edited, leftOut }: RowChoices): ManyRow[] {
  const rows = images.map((image): ManyRow => {
    const target = edited.get(image.id) ?? targetOf(image, rule) ?? '';
    const canonical = canonicalOf(target);
    const isEdited = edited.has(image.id);
    const isChosen = isEdited || !rule.isProposed;
    return { image, target, isEdited, isChosen, ...(canonical === undefined ? {} : { canonical }) };
  });
  const owners = Map.groupBy(
    rows.filter(({ image }) => !leftOut?.has(image.id)),
    ({ canonical }) => canonical,
  );
  return rows.map((row, index) => {
    if (leftOut?.has(row.image.id)) return { ...row, problem: 'leftOut' };
    if (row.target.trim() === '') return { ...row, problem: 'noName' };
    if (row.canonical === undefined) return { ...row, problem: 'invalid' };
    const same = owners.get(row.canonical) ?? [];
    if (same.length === 1) return row;
    const twin = twinOf(same, rows[index - 1], rows[index + 1]);
    const isLast = same.at(-1) === row;
    return { ...row, problem: 'conflict', ...(twin ? { twin } : {}), ...(isLast ? { fixes: fixesOf(same) } : {}) };
  });
}

function twinOf(same: readonly ManyRow[], above: ManyRow | undefined, next: ManyRow | undefined): ManyRow['twin'] {
  if (above !== undefined && same.includes(above)) return 'above';
  return next !== undefined && same.includes(next) ? 'next' : undefined;
}

function fixesOf(rows: readonly ManyRow[]): ConflictFixes {
  const apart = byPlatform(rows);
  return { images: rows.map(({ image }) => image.id), ...(apart ? { apart } : {}) };
}

/** Targets by image, where each of the images is for one platform, and each for another. */
function byPlatform(rows: readonly ManyRow[]): ReadonlyMap<string, string> | undefined {
  const targets = new Map<string, string>();
  for (const { image, canonical } of rows) {
    const [platform, ...others] = image.platforms;
    if (platform === undefined || others.length > 0) return undefined;
    targets.set(image.id, `${canonical}-${platformText(platform).replaceAll('/', '-')}`);
  }
  return new Set(targets.values()).size === rows.length ? targets : undefined;
}

/** The last target that such an image was pushed to, else its own name on the last registry. */
export function lastTarget(image: Named, recentTargets: readonly string[]): string | undefined {
  const own = ownReference(image);
  if (own === undefined) return undefined;
  const recent = recentTargets.map(referenceOrUndefined).filter((reference) => reference !== undefined);
  const isSame = ({ repository, tag }: Reference) => lastOf(repository) === lastOf(own.repository) && tag === own.tag;
  const known = recent.findIndex(isSame);
  if (known !== -1) return recentTargets[known];
  const [last] = recent;
  return last && `${last.registry}/${shortRepository(own)}:${own.tag ?? 'latest'}`;
}

/**
 * What to propose as the prefix: where the last target was, without what the images' own paths say already; none where each image names a
 * registry of its own.
 */
export function proposedPrefix(images: readonly ImageSummary[], recentTargets: readonly string[]): string {
  const own = images.map(ownReference);
  if (own.every((reference) => reference !== undefined && reference.registry !== DOCKER_HUB)) return '';
  const last = recentTargets.map(referenceOrUndefined).find((reference) => reference !== undefined);
  if (last === undefined) return '';
  const folder = last.repository.split('/').slice(0, -1);
  const paths = own.flatMap((reference) => (reference === undefined ? [] : shortRepository(reference)));
  const said = folder.findIndex((_, start) =>
    paths.every((path) => path.startsWith(`${folder.slice(start).join('/')}/`)),
  );
  return [last.registry, ...folder.slice(0, said === -1 ? undefined : said)].join('/');
}

function targetOf(image: ImageSummary, { prefix, keepPath, suffix }: ManyRule): string | undefined {
  const own = ownReference(image);
  if (own === undefined) return undefined;
  const tag = `${own.tag ?? 'latest'}${suffix.trim()}`;
  const start = prefix.trim().replace(/\/+$/, '');
  if (start === '') return isWhole(image) ? `${own.registry}/${own.repository}:${tag}` : undefined;
  return `${start}/${keepPath ? shortRepository(own) : lastOf(own.repository)}:${tag}`;
}

/** Whether the image says itself where it goes. A store may know one by its tag alone: then nothing says to which registry it belongs. */
export function isWhole({ references }: ImageSummary): boolean {
  return references.some((reference) => /[/:]/.test(reference));
}

function lastOf(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

function canonicalOf(target: string): string | undefined {
  const meaning = interpretTarget(target);
  return meaning.kind === 'valid' ? meaning.canonical : undefined;
}
