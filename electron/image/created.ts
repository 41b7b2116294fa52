/** image-spec annotations.md: when an image was made, whatever its config says. */
const CREATED = 'org.opencontainers.image.created';

/** When an image was made, as the annotations of its manifest or index say. */
export function annotatedDate(annotations: Readonly<Record<string, string>>): string | undefined {
  return isoDate(annotations[CREATED]);
}

/** Go's zero time, which its programs write for no date at all, as kaniko does with --reproducible. */
const NO_TIME = Date.parse('0001-01-01T00:00:00Z');

/** A date as tools write it, in ISO 8601; undefined for what is none. */
export function isoDate(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) || time === NO_TIME ? undefined : new Date(time).toISOString();
}
