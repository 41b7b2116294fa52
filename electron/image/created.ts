/** image-spec annotations.md: when an image was made, whatever its config says. */
const CREATED = 'org.opencontainers.image.created';

/** When an image was made, as the annotations of its manifest or index say. */
export function annotatedDate(annotations: Readonly<Record<string, string>>): string | undefined {
  return isoDate(annotations[CREATED]);
}

/** A date as tools write it, in ISO 8601; undefined for what is none. */
export function isoDate(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
