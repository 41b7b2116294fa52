import type { ImageSummary } from '../../shared/images.ts';
import { DOCKER_HUB, type Reference, referenceOrUndefined } from '../../shared/reference.ts';

export interface NameParts {
  /** Without the tag. */
  name: string;
  /** Absent where the name has none. */
  tag?: string;
}

/** What an image is called, apart from its tag. */
export function nameParts({ name }: Pick<ImageSummary, 'name'>): NameParts {
  const [, repository, tag] = /^(.+):([\w][\w.-]{0,127})$/.exec(name) ?? [];
  return repository === undefined || tag === undefined || repository.includes('@')
    ? { name }
    : { name: repository, tag };
}

/** The repository and tag that the image would have on any registry: of its own references, else of its name. */
export function ownReference({ references, name }: Pick<ImageSummary, 'references' | 'name'>): Reference | undefined {
  const whole = references.filter((reference) => /[/:]/.test(reference));
  return [...whole, name].map(referenceOrUndefined).find((reference) => reference !== undefined);
}

/** As people write it: official images of Docker Hub without `library/`. */
export function shortRepository({ registry, repository }: Reference): string {
  return registry === DOCKER_HUB ? repository.replace(/^library\//, '') : repository;
}
