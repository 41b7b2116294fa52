import type { HistoryEntry } from '../../shared/history.ts';

/** Columns of a receipt, as programs name them: a receipt is read by other programs, so it is the same in every language. */
const COLUMNS = ['finished', 'image', 'target', 'digest', 'bytes sent', 'bytes saved', 'account', 'result'] as const;

function cells({ finishedAt, imageName, target, digest, bytesSent, bytesSaved, account, state, error }: HistoryEntry) {
  const result = error ? `${state}: ${error.message}` : state;
  return [
    new Date(finishedAt).toISOString(),
    imageName,
    target,
    digest ?? '',
    bytesSent,
    bytesSaved,
    account ?? '',
    result,
  ];
}

/** The receipt as CSV (RFC 4180). What a spreadsheet would take for a formula is text. */
export function receiptCsv(entries: readonly HistoryEntry[]): string {
  const cell = (value: string | number): string => {
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [COLUMNS, ...entries.map(cells)]
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

/** The receipt as a table in Markdown. */
export function receiptMarkdown(entries: readonly HistoryEntry[]): string {
  const row = (values: readonly (string | number)[]): string =>
    `| ${values.map((value) => String(value).replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ')).join(' | ')} |`;
  return [row(COLUMNS), row(COLUMNS.map(() => '---')), ...entries.map((entry) => row(cells(entry)))]
    .join('\n')
    .concat('\n');
}
