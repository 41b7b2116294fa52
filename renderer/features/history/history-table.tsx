import { ChevronRight, LoaderCircle, RotateCw, ShieldCheck } from 'lucide-react';
import { type ReactNode, type RefObject, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Button as AriaButton, type KeyboardEvent } from 'react-aria-components';
import type { HistoryEntry } from '../../../shared/history.ts';
import { historyRow, receiptText } from '../../../shared/receipt.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { showView } from '../../stores/view.ts';
import { announce } from '../../ui/announce.ts';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { NameText } from '../../ui/middle-text.tsx';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { HistoryDetails } from './history-details.tsx';
import { HistoryResult } from './history-result.tsx';
import { isVerifiable, useVerification, VerificationLine } from './verification.tsx';

const COLUMNS = ['when', 'image', 'target', 'digest', 'sent', 'saved', 'account', 'result', 'actions'] as const;

/** Widths of the columns; where there is little room the account goes first, then the digest, then the target, then the bytes: rows unfold to them. */
const WIDTHS: Record<(typeof COLUMNS)[number], string> = {
  when: 'w-20 @md:w-22',
  image: '',
  target: 'hidden @3xl:table-cell',
  digest: 'hidden w-24 @5xl:table-cell',
  sent: 'hidden w-20 @xl:table-cell',
  saved: 'hidden w-24 @min-[100rem]:table-cell',
  account: 'hidden w-24 @6xl:table-cell',
  result: 'w-6 @md:w-36 @5xl:w-48 @min-[100rem]:w-80',
  actions: 'w-20',
};

/** Where the keys are in the table: one in each row. */
const ROW_BUTTON = '[data-row-button]';

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

/** How many columns this width shows: a cell over more of them would make another column. */
function useShownColumns(rows: RefObject<HTMLElement | null>, hasRows: boolean): number {
  const [shown, setShown] = useState<number>(COLUMNS.length);
  useLayoutEffect(() => {
    const around = rows.current;
    if (around === null || !hasRows) return;
    const count = () => {
      const titles = [...(around.querySelector('section thead')?.querySelectorAll('th') ?? [])];
      setShown(titles.filter((title) => getComputedStyle(title).display !== 'none').length);
    };
    const observer = new ResizeObserver(count);
    observer.observe(around);
    return () => observer.disconnect();
  }, [rows, hasRows]);
  return shown;
}

/** ↑ and ↓ go through the rows, R pushes again, Ctrl/Cmd+C copies the receipt; Enter, which unfolds, is the button's own. */
function onRowKey(event: KeyboardEvent, entry: HistoryEntry, said: string): void {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const key = event.key.toLowerCase();
  if (key === 'c' && !isPlain && !event.altKey) copyReceipt(entry, said);
  else if (key === 'arrowdown' && isPlain) goTo(event.target, 1);
  else if (key === 'arrowup' && isPlain) goTo(event.target, -1);
  else if (key === 'r' && isPlain) pushAgain(entry.id);
  else return event.continuePropagation();
  event.preventDefault();
}

function goTo(from: EventTarget, step: 1 | -1): void {
  if (!(from instanceof Element)) return;
  const buttons = [...(from.closest('[data-rows]')?.querySelectorAll<HTMLElement>(ROW_BUTTON) ?? [])];
  buttons[buttons.findIndex((button) => button === from) + step]?.focus();
}

function pushAgain(id: string): void {
  inBackground(request('history.again', id), showError);
  showView('transfers');
}

function copyReceipt(entry: HistoryEntry, said: string): void {
  const copied = request('app.copy', receiptText([historyRow(entry)], 'markdown'));
  inBackground(
    copied.then(() => announce(said)),
    showError,
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
  const sum = (of: (entry: HistoryEntry) => number) => format.bytes(entries.reduce((all, entry) => all + of(entry), 0));
  const sums = {
    count: entries.length,
    formatted: format.count(entries.length),
    sent: sum(({ bytesSent }) => bytesSent),
    saved: sum(({ bytesSaved }) => bytesSaved),
  };
  return (
    <section aria-label={day}>
      <h2 className="sticky top-7 z-10 bg-surface py-2 font-semibold">
        {day} <span className="pl-1 text-sm font-normal text-quiet">{t('history.day', sums)}</span>
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
            <Row
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

interface RowProps {
  entry: HistoryEntry;
  shownColumns: number;
  isCurrent: boolean;
  onCurrent: () => void;
}

function Row({ entry, shownColumns, isCurrent, onCurrent }: RowProps) {
  const { t, format } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const panelId = useId();
  const { verified, isVerifying, verify } = useVerification(entry);
  const { id, imageName, target, digest, bytesSent, bytesSaved, account } = entry;
  const names = { name: imageName, target };
  return (
    <>
      <tr className="h-8 border-b border-line/60 hover:bg-hover" onFocus={onCurrent}>
        <td className="text-quiet tabular">
          <span className="flex items-center gap-1">
            <AriaButton
              data-row-button
              onPress={() => setOpen(!isOpen)}
              onKeyDown={(event) => onRowKey(event, entry, t('common.copied'))}
              excludeFromTabOrder={!isCurrent}
              aria-expanded={isOpen}
              {...(isOpen ? { 'aria-controls': panelId } : {})}
              aria-label={t('history.unfold', names)}
              className="-ml-1 flex size-5 shrink-0 items-center justify-center rounded-sm hover:bg-pressed"
            >
              <ChevronRight aria-hidden size={14} className={isOpen ? 'rotate-90' : ''} />
            </AriaButton>
            {format.time(entry.finishedAt)}
          </span>
        </td>
        <td className="pr-3" title={imageName}>
          <NameText text={imageName} />
        </td>
        <td className={`pr-3 text-quiet ${WIDTHS.target}`} title={target}>
          <NameText text={target} />
        </td>
        <td className={`font-mono text-sm text-quiet ${WIDTHS.digest}`} title={digest}>
          {digest?.split(':')[1]?.slice(0, 8) ?? ''}
        </td>
        <td
          className={`pr-3 text-right tabular ${WIDTHS.sent}`}
          title={bytesSaved === 0 ? undefined : t('transfers.saved', { size: format.bytes(bytesSaved) })}
        >
          {format.bytes(bytesSent)}
        </td>
        <td className={`pr-3 text-right text-quiet tabular ${WIDTHS.saved}`}>
          {bytesSaved === 0 ? '' : format.bytes(bytesSaved)}
        </td>
        <td className={`truncate pr-3 text-quiet ${WIDTHS.account}`} title={account}>
          {account ?? ''}
        </td>
        <td className="overflow-hidden py-0.5 pr-2">
          <HistoryResult entry={entry} />
        </td>
        <td>
          <span className="flex justify-end">
            {isVerifiable(entry) ? (
              <IconButton
                icon={isVerifying ? LoaderCircle : ShieldCheck}
                label={t('history.verify', names)}
                excludeFromTabOrder={!isCurrent}
                onPress={() => (isVerifying ? undefined : verify())}
                className={isVerifying ? '[&>svg]:animate-spin' : ''}
              />
            ) : null}
            <ReceiptMenu
              of="history"
              ids={[id]}
              entries={[entry]}
              label={t('history.receiptOf', names)}
              isSmall
              excludeFromTabOrder={!isCurrent}
            />
            <IconButton
              icon={RotateCw}
              label={t('history.again', names)}
              excludeFromTabOrder={!isCurrent}
              onPress={() => pushAgain(id)}
            />
          </span>
        </td>
      </tr>
      {verified === undefined ? null : (
        <tr className="border-b border-line/60">
          <td colSpan={shownColumns} className="py-1.5 pr-3 pl-22">
            <VerificationLine verified={verified} />
          </td>
        </tr>
      )}
      {isOpen ? (
        <tr id={panelId} className="border-b border-line/60 bg-sunken">
          <td colSpan={shownColumns} className="px-5 py-2">
            <HistoryDetails entry={entry} />
          </td>
        </tr>
      ) : null}
    </>
  );
}
