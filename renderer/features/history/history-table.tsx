import { type ReactNode, useMemo, useRef, useState } from 'react';
import type { HistoryEntry } from '../../../shared/history.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { COLUMNS, useShownColumns, WIDTHS } from './history-columns.ts';
import { HistoryRow } from './history-row.tsx';

interface HistoryTableProps {
  entries: readonly HistoryEntry[];
  /** Below the last row. */
  children: ReactNode;
}

export function HistoryTable({ entries, children }: HistoryTableProps) {
  const { format } = useTexts();
  const [atId, setAtId] = useState<string>();
  // The tab key enters the table at one row, and leaves it from there.
  const current = entries.find(({ id }) => id === atId) ?? entries[0];
  const rows = useRef<HTMLDivElement>(null);
  const shownColumns = useShownColumns(rows, entries.length > 0);
  const days = useMemo(() => [...Map.groupBy(entries, ({ finishedAt }) => format.day(finishedAt))], [entries, format]);
  return (
    <div ref={rows} className="@container min-h-0 flex-1 overflow-y-auto px-4 pb-4" data-rows>
      {entries.length > 0 ? <Titles /> : null}
      {days.map(([day, ofDay]) => (
        <Day
          key={day}
          day={day}
          entries={ofDay}
          shownColumns={shownColumns}
          currentId={current?.id}
          onCurrent={setAtId}
        />
      ))}
      {children}
    </div>
  );
}

/** What the columns are, once for all days; each day's table says it again to who does not see it. */
function Titles() {
  const { t } = useTexts();
  const alignment: Partial<Record<(typeof COLUMNS)[number], string>> = { sent: 'text-right', saved: 'text-right' };
  return (
    <table
      aria-hidden
      className="section-title sticky top-0 z-20 h-7 w-full table-fixed border-collapse border-b border-line bg-surface"
    >
      <tbody>
        <tr>
          {COLUMNS.map((column) => (
            <td
              key={column}
              className={classes('truncate pr-3', column === 'when' && 'pl-5', WIDTHS[column], alignment[column])}
            >
              {column === 'actions' ? null : (
                // Where there is room for its icon only the result has no title.
                <span className={column === 'result' ? 'hidden @md:inline' : ''}>{t(`history.columns.${column}`)}</span>
              )}
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

interface DayProps {
  day: string;
  entries: readonly HistoryEntry[];
  shownColumns: number;
  currentId: string | undefined;
  onCurrent: (id: string) => void;
}

function Day({ day, entries, shownColumns, currentId, onCurrent }: DayProps) {
  const { t, format } = useTexts();
  const sum = (of: (entry: HistoryEntry) => number) => entries.reduce((all, entry) => all + of(entry), 0);
  const sent = format.bytes(sum(({ bytesSent }) => bytesSent));
  const saved = sum(({ bytesSaved }) => bytesSaved);
  const sums = [
    t('history.day', { count: entries.length, formatted: format.count(entries.length), sent }),
    ...(saved === 0 ? [] : [t('history.daySaved', { saved: format.bytes(saved) })]),
  ];
  return (
    <section aria-label={day}>
      <h2 className="sticky top-7 z-10 bg-surface py-2 font-semibold">
        {day} <span className="pl-1 text-sm font-normal text-quiet">{sums.join(' · ')}</span>
      </h2>
      <table className="w-full table-fixed border-collapse">
        <caption className="sr-only">{day}</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" className={`h-0 p-0 ${WIDTHS[column]}`}>
                <span className="sr-only">{t(`history.columns.${column}`)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <HistoryRow
              key={entry.id}
              entry={entry}
              shownColumns={shownColumns}
              isCurrent={entry.id === currentId}
              onCurrent={() => onCurrent(entry.id)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}
