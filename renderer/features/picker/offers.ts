import type { ImageSummary } from '../../../shared/images.ts';
import type { LoginInfo } from '../../../shared/logins.ts';
import { canonicalReference, DOCKER_HUB, type Reference, referenceOrUndefined } from '../../../shared/reference.ts';
import { isLoopbackRegistry } from '../../../shared/registry-policy.ts';
import { ownReference, shortRepository } from '../../model/image-name.ts';
import { loginsByRegistry } from '../../model/known-registries.ts';
import { lastTarget } from '../../model/many-targets.ts';
import type { TargetPart, TypedParts } from '../../model/target-parts.ts';
import type { Pushed } from './push-times.ts';
import type { OfferedTag } from './tag-facts.ts';

/** Something that completes the part of the target that is being typed. */
export interface Offer {
  /** The whole text of the field when it is taken. */
  target: string;
  /** What the row shows: the part that it stands for. */
  text: string;
  /** Shown at the row's end, as it is. */
  note?: string;
  /** A word about it, by its key. */
  mark?: 'ownTag' | undefined;
  tag?: OfferedTag | undefined;
}

export interface OfferGroup {
  kind: 'signedIn' | 'recent' | 'local' | 'known' | 'fromName' | 'before' | 'repositories' | 'tags';
  offers: Offer[];
  /** How many there are in all, where not all are offered. */
  total?: number;
}

/** What the page knows that can complete a target. */
export interface Known {
  image: Pick<ImageSummary, 'references' | 'name'>;
  /** Newest first. */
  recentTargets: readonly string[];
  logins: readonly LoginInfo[];
  registries: readonly string[];
  /** Of the registry that is typed, and of the repository. */
  repositories: readonly string[];
  tags: readonly string[];
  /** The last pushes of the repository's tags from here. */
  pushed: ReadonlyMap<string, Pushed>;
}

/** Rows of a group: what does not fit is found by typing. */
const MOST_OFFERS = 50;
/** Whole targets, before registries are offered. */
const MOST_BEFORE = 5;

/** What can be taken for the part of the target at the cursor, in groups. */
export function offersFor(part: TargetPart, parts: TypedParts, known: Known): OfferGroup[] {
  const groups = { registry: registries, repository: repositories, tag: tags }[part](parts, known);
  const moved = onLastRegistry(parts, known);
  const named = groups.filter(({ kind }) => kind === 'fromName').flatMap(({ offers }) => offers);
  const others = groups.filter(({ kind }) => kind !== 'fromName');
  const all: OfferGroup[] = moved === undefined ? groups : [{ kind: 'fromName', offers: [moved, ...named] }, ...others];
  return all.filter(({ offers }) => offers.length > 0);
}

/** A name without a registry means Docker Hub; whoever pushed elsewhere before most likely means that, and gets it with one step. */
function onLastRegistry({ registry, repository, tag }: TypedParts, { image, recentTargets }: Known): Offer | undefined {
  if (registry !== undefined || repository === undefined) return undefined;
  const typed = [repository.text, tag?.text].filter(Boolean).join(':');
  const [own] = image.references.filter((reference) => /[/:]/.test(reference));
  const target = lastTarget(image, recentTargets);
  if (own !== typed || target === undefined || target.startsWith(`${DOCKER_HUB}/`)) return undefined;
  return { target, text: target };
}

function registries({ registry }: TypedParts, known: Known): OfferGroup[] {
  const typed = registry?.text.toLowerCase() ?? '';
  const logins = loginsByRegistry(known.logins);
  const recent = new Set(references(known.recentTargets).map((reference) => reference.registry));
  const names = [...new Set([...logins.keys(), ...recent, ...known.registries])].filter((name) =>
    name.toLowerCase().includes(typed),
  );
  const group = (kind: OfferGroup['kind'], belongs: (name: string) => boolean): OfferGroup => ({
    kind,
    offers: names
      .filter(belongs)
      .map((name) => ({ target: `${name}/`, text: name, note: logins.get(name)?.username ?? '' })),
  });
  const whole = known.image.references
    .filter((name) => /[/:]/.test(name) && !name.includes('@') && name.toLowerCase().includes(typed))
    .map((name) => ({ target: name, text: name }));
  const before = known.recentTargets
    .filter((name) => name.toLowerCase().includes(typed) && !known.image.references.includes(name))
    .slice(0, MOST_BEFORE)
    .map((name) => ({ target: name, text: name }));
  return [
    { kind: 'fromName', offers: whole },
    { kind: 'before', offers: before },
    group('signedIn', (name) => logins.has(name)),
    group('recent', (name) => !logins.has(name) && recent.has(name) && !isLoopbackRegistry(name)),
    group('local', (name) => !logins.has(name) && isLoopbackRegistry(name)),
    group('known', (name) => !logins.has(name) && !recent.has(name) && !isLoopbackRegistry(name)),
  ];
}

function repositories(parts: TypedParts, known: Known): OfferGroup[] {
  const registry = parts.registry?.text ?? DOCKER_HUB;
  const typed = parts.repository?.text.toLowerCase() ?? '';
  const lead = parts.registry ? `${parts.registry.text}/` : '';
  const offer = (name: string): Offer => ({ target: `${lead}${name}:`, text: name });
  const own = ownReference(known.image);
  const ownName = own && shortRepository(own);
  const before = unique(
    references(known.recentTargets)
      .filter((reference) => reference.registry === registry)
      .map(shortRepository),
  ).filter((name) => name !== ownName && name.toLowerCase().includes(typed));
  const listed = known.repositories.filter(
    (name) => name !== ownName && !before.includes(name) && name.toLowerCase().includes(typed),
  );
  const ownText = own && `${ownName}${own.tag === undefined ? '' : `:${own.tag}`}`;
  const fits = ownText?.toLowerCase().startsWith(typed);
  return [
    { kind: 'fromName', offers: ownText && fits ? [{ target: lead + ownText, text: ownText }] : [] },
    { kind: 'recent', offers: before.map(offer) },
    { kind: 'repositories', offers: sorted(listed, typed).slice(0, MOST_OFFERS).map(offer), total: listed.length },
  ];
}

function tags(parts: TypedParts, known: Known): OfferGroup[] {
  const typed = parts.tag?.text ?? '';
  const lead = [parts.registry?.text, parts.repository?.text].filter((text) => text !== undefined).join('/');
  const own = ownReference(known.image)?.tag;
  const listed = new Set(known.tags);
  const offer = (name: string): Offer => ({
    target: `${lead}:${name}`,
    text: name,
    mark: name === own ? ('ownTag' as const) : undefined,
    tag: tagOf(`${lead}:${name}`, known.pushed.get(name), listed.has(name)),
  });
  const fits = (name: string) => name.startsWith(typed);
  const ownFirst = own !== undefined && fits(own) ? [own] : [];
  const rest = [...known.tags].filter((name) => fits(name) && name !== own).sort(newestFirst);
  if (known.tags.length > 0) {
    const offers = [...ownFirst, ...rest].slice(0, MOST_OFFERS).map(offer);
    return [{ kind: 'tags', offers, total: known.tags.length }];
  }
  const registry = parts.registry?.text ?? DOCKER_HUB;
  const before = references(known.recentTargets)
    .filter((each) => each.registry === registry && shortRepository(each) === parts.repository?.text)
    .flatMap(({ tag }) => (tag !== undefined && fits(tag) && tag !== own ? [tag] : []));
  return [
    { kind: 'fromName', offers: ownFirst.map(offer) },
    { kind: 'before', offers: unique(before).map(offer) },
  ];
}

function tagOf(target: string, pushed: Pushed | undefined, isListed: boolean): OfferedTag | undefined {
  const reference = referenceOrUndefined(target);
  return reference && { target: canonicalReference(reference), pushed, isListed };
}

/** Those that begin with what is typed before those that only hold it. */
function sorted(names: readonly string[], typed: string): string[] {
  const rank = (name: string) => (name.toLowerCase().startsWith(typed) ? 0 : 1);
  return names.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** Versions as people count them: 1.10 comes before 1.9. */
function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function references(texts: readonly string[]): Reference[] {
  return texts.map(referenceOrUndefined).filter((reference) => reference !== undefined);
}
