/** Bytes: sizes are decimal, as registries count. */
export const MEGABYTE = 1_000_000;

/** Numbers, sizes, times and dates as the language writes them. Sizes are decimal (1 MB = 1,000,000 bytes), as registries count. */
const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `0.4`, `7.2`, `84`: enough digits to tell sizes apart, no more. */
function digitsFor(value: number): number {
  return value > 0 && value < 9.95 ? 1 : 0;
}

const numberFormats = new Map<string, Intl.NumberFormat>();

/** Making a NumberFormat is slow; progress asks for thousands of them. */
function numberFormat(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = numberFormats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(language, options);
  numberFormats.set(key, made);
  return made;
}

function scaled(bytes: number): { value: number; unit: (typeof SIZE_UNITS)[number] } {
  let value = bytes;
  let index = 0;
  while (value >= 999.5 && index < SIZE_UNITS.length - 1) {
    value /= 1000;
    index++;
  }
  return { value, unit: SIZE_UNITS[index] ?? 'byte' };
}

/** `84 MB`, `7.2 MB`, `512 B`. */
export function formatBytes(bytes: number, language: string): string {
  const { value, unit } = scaled(Math.max(0, bytes));
  const maximumFractionDigits = unit === 'byte' ? 0 : digitsFor(value);
  if (unit === 'byte') return `${numberFormat(language, { maximumFractionDigits }).format(value)} B`;
  return numberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value);
}

/** `12 MB/s`. */
export function formatRate(bytesPerSecond: number, language: string): string {
  return `${formatBytes(bytesPerSecond, language)}/s`;
}

/** `45/72 MB`: both in the unit of the whole, written once. */
export function formatProgress(sent: number, total: number, language: string): string {
  const { value, unit } = scaled(total);
  const factor = total === 0 ? 0 : value / total;
  const maximumFractionDigits = unit === 'byte' ? 0 : digitsFor(value);
  return `${numberFormat(language, { maximumFractionDigits }).format(sent * factor)} / ${formatBytes(total, language)}`;
}

/** Whole percent, never more than is done: 100 % is the end. */
export function formatPercent(fraction: number, language: string): string {
  // 0.29 * 100 is a little less than 29.
  const whole = Math.floor(fraction * 100 + 1e-9) / 100;
  return numberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(whole);
}

export function formatCount(count: number, language: string): string {
  return numberFormat(language, {}).format(count);
}

/** Seconds in at most two units: `48s`, `2m 5s`, `1h 3m`. Under ten seconds with one decimal. */
export function formatDuration(seconds: number, language: string): string {
  const unit = (value: number, name: string, maximumFractionDigits = 0) =>
    numberFormat(language, { style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits }).format(value);
  if (seconds < 9.95) return unit(seconds, 'second', 1);
  const whole = Math.round(seconds);
  if (whole < 60) return unit(whole, 'second');
  const join = language.startsWith('zh') ? '' : ' ';
  if (whole < 3600) return [unit(Math.floor(whole / 60), 'minute'), unit(whole % 60, 'second')].join(join);
  return [unit(Math.floor(whole / 3600), 'hour'), unit(Math.floor((whole % 3600) / 60), 'minute')].join(join);
}

const AGES: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `2h ago`, `3 days ago`; an empty text for a date that is not one or is the epoch (reproducible builds use it). */
export function formatAge(iso: string | undefined, language: string, now = Date.now()): string {
  const time = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(time) || time <= 0) return '';
  const seconds = (time - now) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  const [unit, length] = AGES.find(([, size]) => Math.abs(seconds) >= size) ?? ['minute', 60];
  return format.format(Math.trunc(seconds / length), unit);
}

/** Date and time in full, for tooltips and certificates. */
export function formatDate(date: string | number, language: string): string {
  const time = typeof date === 'number' ? date : Date.parse(date);
  if (Number.isNaN(time)) return String(date);
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}

/** The day as a heading: `Today`, `Yesterday`, or with its year. */
export function formatDay(date: number, language: string, now = Date.now()): string {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  // A day is an hour longer or shorter where clocks are changed.
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day');
    return word.slice(0, 1).toLocaleUpperCase(language) + word.slice(1);
  }
  return new Intl.DateTimeFormat(language, { dateStyle: 'full' }).format(date);
}

/** Hours and minutes. */
export function formatTime(date: number, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(date);
}

/** `1 signature, 2 SBOMs, and 1 attestation`. */
export function formatList(parts: readonly string[], language: string): string {
  const list = new Intl.ListFormat(language, { type: 'conjunction' }).format(parts);
  // Chinese keeps letters and digits apart from its characters.
  return list.replace(/(?<=[\w])和/g, ' 和').replace(/和(?=[\w])/g, '和 ');
}

/** Whole sentences, one after the other: in Chinese the full stop takes the room of the blank. */
export function joinSentences(sentences: readonly string[], language: string): string {
  return sentences.join(language.startsWith('zh') ? '' : ' ');
}
