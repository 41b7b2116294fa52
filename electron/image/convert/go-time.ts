/** RFC 3339 as configs have it. */
const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/;
/** Go's time that is not set. */
const ZERO = '0001-01-01T00:00:00Z';

/**
 * A time as Go's encoding/json writes it after reading it: nanoseconds without trailing zeros, an offset of nothing as Z, and the year 1
 * where there is none. What is no time counts as none.
 */
export function goTime(text: string | undefined): string {
  const match = TIME.exec(text ?? '');
  if (!match) return ZERO;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  return `${seconds}${digits === '' ? '' : `.${digits}`}${zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`;
}
