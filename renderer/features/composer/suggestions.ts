import type { ImageSummary } from '../../../shared/images.ts';
import { DOCKER_HUB, parseReference, type Reference } from '../../../shared/reference.ts';

export interface Suggestion {
  target: string;
  /** Where it comes from; shown next to it. */
  from: 'own' | 'recent' | 'known';
}

/** More than fit in the list are noise. */
const MOST_SUGGESTIONS = 20;

/**
 * Targets to offer for an image: its own names, the last targets, and its name on every registry that is known, each once
 * and in this order.
 */
export function suggestTargets(
  image: Pick<ImageSummary, 'references' | 'name'>,
  recentTargets: readonly string[],
  registries: readonly string[],
): Suggestion[] {
  const own = ownReference(image);
  const all: Suggestion[] = [
    ...image.references
      .filter((name) => /[/:]/.test(name) && !name.includes('@'))
      .map((target) => ({ target, from: 'own' as const })),
    ...recentTargets.map((target) => ({ target, from: 'recent' as const })),
    ...registries.map((registry) => ({ target: onRegistry(registry, own), from: 'known' as const })),
  ];
  const seen = new Set<string>();
  return all.filter(({ target }) => !seen.has(target) && seen.add(target)).slice(0, MOST_SUGGESTIONS);
}

/** The repository and tag that the image would have on any registry. */
function ownReference({ references, name }: Pick<ImageSummary, 'references' | 'name'>): Reference | undefined {
  for (const text of [...references.filter((reference) => /[/:]/.test(reference)), name]) {
    try {
      return parseReference(text);
    } catch {
      // A store's name need not be a reference; the next one may be.
    }
  }
  return undefined;
}

function onRegistry(registry: string, own: Reference | undefined): string {
  if (own === undefined) return `${registry}/`;
  const repository = own.registry === DOCKER_HUB ? own.repository.replace(/^library\//, '') : own.repository;
  return `${registry}/${repository}${own.tag === undefined ? '' : `:${own.tag}`}`;
}
