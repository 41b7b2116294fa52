import type { HistoryEntry } from './history.ts';
import type { JobInfo } from './transfer-events.ts';

/** How a receipt is written down. */
export const RECEIPT_FORMATS = ['csv', 'markdown', 'json'] as const;
export type ReceiptFormat = (typeof RECEIPT_FORMATS)[number];

/** What a receipt's file is called at its end. */
export const RECEIPT_ENDINGS: Record<ReceiptFormat, string> = { csv: 'csv', markdown: 'md', json: 'json' };

/** What became of one image: one line of the paper that is filed after many were pushed. */
export interface ReceiptRow {
  image: string;
  target: string;
  /** `not started`: the others had been stopped before its turn. */
  result: 'done' | 'failed' | 'stopped' | 'not started';
  /** As it is at the target; of an export of several images the first one's. */
  digest?: string | undefined;
  bytesSent: number;
  /** Bytes that were already there. */
  bytesSaved: number;
  durationMs?: number | undefined;
  /** ISO 8601. */
  finishedAt?: string | undefined;
  /** Why it failed. */
  error?: string | undefined;
  /** User name of the login; known of the history. */
  account?: string | undefined;
}

/** The row of a job as it has ended. */
export function receiptRow(job: JobInfo): ReceiptRow {
  const { imageName: image, target, state, result, error, startedAt, finishedAt } = job;
  const stopped = startedAt === undefined ? 'not started' : 'stopped';
  return {
    image,
    target,
    result: state === 'done' || state === 'failed' ? state : stopped,
    digest: result?.digest,
    bytesSent: result?.bytesSent ?? job.bytesSent,
    bytesSaved: result?.bytesSaved ?? job.bytesSaved,
    durationMs: result?.durationMs,
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt).toISOString(),
    error: error?.message,
  };
}

/** The row of an entry of the history. */
export function historyRow(entry: HistoryEntry): ReceiptRow {
  const { imageName: image, target, state, digest, bytesSent, bytesSaved, durationMs, finishedAt, error } = entry;
  return {
    image,
    target,
    result: state === 'cancelled' ? 'stopped' : state,
    digest,
    bytesSent,
    bytesSaved,
    durationMs,
    finishedAt: new Date(finishedAt).toISOString(),
    error: error?.message,
    account: entry.account ?? '',
  };
}

/** By the ending of a file's name; undefined for others. */
export function receiptFormatOf(path: string): ReceiptFormat | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === 'md' || ending === 'markdown') return 'markdown';
  return ending === 'json' || ending === 'csv' ? ending : undefined;
}

/** The whole receipt, with a line end at its end. */
export function receiptText(rows: readonly ReceiptRow[], format: ReceiptFormat): string {
  const hasAccounts = rows.some(({ account }) => account !== undefined);
  const columns = hasAccounts ? [...COLUMNS, 'account'] : COLUMNS;
  const table = rows.map((row) => (hasAccounts ? [...cells(row), row.account ?? ''] : cells(row)));
  switch (format) {
    case 'json':
      return `${JSON.stringify(rows, null, 2)}\n`;
    case 'csv':
      return [columns, ...table].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
    case 'markdown': {
      const lines = [columns, columns.map(() => '---'), ...table.map((row) => row.map(markdownCell))];
      return lines.map((row) => `| ${row.join(' | ')} |\n`).join('');
    }
  }
}

const COLUMNS = [
  'image',
  'target',
  'result',
  'digest',
  'bytes sent',
  'bytes there',
  'milliseconds',
  'finished',
  'error',
];

function cells(row: ReceiptRow): string[] {
  const { image, target, result, digest = '', bytesSent, bytesSaved, durationMs, finishedAt = '', error = '' } = row;
  const duration = durationMs === undefined ? '' : String(Math.round(durationMs));
  return [image, target, result, digest, String(bytesSent), String(bytesSaved), duration, finishedAt, error];
}

/** RFC 4180. What a spreadsheet would take for a formula becomes text: names and errors are others' words. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdownCell(text: string): string {
  return text.replace(/[\\|`<>*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
