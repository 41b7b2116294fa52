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
  return text === undefined ? undefined : isoTime(Date.parse(text));
}

/** The same of a time in epoch milliseconds; undefined for what is none, NaN and those too far away among them. */
export function isoTime(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) || time === NO_TIME ? undefined : date.toISOString();
}
