import type { ImageSummary } from '../../shared/images.ts';

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

/** From the last slash on: what tells images of one registry apart. */
export function lastPart(name: string): string {
  return name.slice(Math.max(0, name.lastIndexOf('/')));
}
