import { oneLine } from './one-line.ts';
import { cutToWidth, padToWidth, textWidth } from './text-width.ts';

/** Texts for people on a terminal. Sizes are decimal, as registries and other tools show them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `84 MB`, `1.2 GB`; three digits at most. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${UNITS[unit]}`;
}

/** `0.8 s`, `1 min 05 s`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

const AGES: readonly (readonly [unit: string, seconds: number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 days`, `2 months`; whole units, rounded down. */
export function ageText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  for (const [unit, length] of AGES) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return 'now';
}

/** As one line of at most `width` columns, with an ellipsis where it is cut. */
export function truncate(value: string, width: number): string {
  const text = oneLine(value);
  if (textWidth(text) <= width) return text;
  return width <= 1 ? '' : `${cutToWidth(text, width - 1)}…`;
}

/** Rows of cells as the lines of a table with aligned columns; the last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of shown) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, textWidth(cell));
  return shown.map((row) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : padToWidth(cell, widths[i] ?? 0))).join('  '),
  );
}
