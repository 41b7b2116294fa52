import { History, LoaderCircle, RotateCw, ShieldCheck, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Input, Label, SearchField } from 'react-aria-components';
import type { HistoryEntry } from '../../../shared/history.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useHistory } from '../../stores/history.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { showView } from '../../stores/view.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { INPUT_CLASSES } from '../../ui/field.ts';
import { Page } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { HistoryResult } from './history-result.tsx';
import { isVerifiable, useVerification, VerificationLine } from './verification.tsx';

const FILTERS = ['all', 'done', 'failed'] as const;

/** Entries that are shown at once: what is older is found by searching. */
const MOST_SHOWN = 500;

/** What was pushed and exported, newest first, by days: to search in, to copy as a receipt, and to push again. */
export function HistoryView() {
  const { t, format } = useTexts();
  const days = useSettings((state) => state.settings.historyDays);
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all');
  const entries = useEntries(search);
  const shown = (entries ?? []).filter(({ state }) => filter === 'all' || state === filter);
  return (
    <Page title={t('history.title')} actions={<Actions entries={shown} />}>
      <div className="flex h-full min-h-0 flex-col">
        <div className="flex shrink-0 flex-wrap items-end gap-2 px-4 py-3">
          <SearchField value={search} onChange={setSearch} className="flex min-w-48 flex-1 flex-col gap-1">
            <Label className="sr-only">{t('history.search')}</Label>
            <Input placeholder={t('history.search')} spellCheck={false} className={INPUT_CLASSES} />
          </SearchField>
          <Select
            label={t('history.filter')}
            hideLabel
            options={FILTERS.map((id) => ({ id, text: t(`history.filters.${id}`) }))}
            value={filter}
            onChange={setFilter}
            className="w-32"
          />
          <span className="self-center text-sm text-quiet">
            {t('history.days', { count: days, formatted: format.count(days) })}
          </span>
        </div>
        {entries !== undefined && shown.length === 0 ? (
          <EmptyState icon={History} title={t(search === '' ? 'history.empty' : 'history.nothingFound')} />
        ) : (
          <div className="@container min-h-0 flex-1 overflow-y-auto px-4 pb-4">
            {[...Map.groupBy(shown, ({ finishedAt }) => format.day(finishedAt))].map(([day, ofDay]) => (
              <Day key={day} day={day} entries={ofDay} />
            ))}
          </div>
        )}
      </div>
    </Page>
  );
}

/** Read again while a person searches, and after each transfer that ends. */
function useEntries(search: string): HistoryEntry[] | undefined {
  const [entries, setEntries] = useState<HistoryEntry[]>();
  const changes = useHistory((state) => state.changes);
  useEffect(() => {
    let isCurrent = true;
    const words = search.trim();
    request('history.list', { most: MOST_SHOWN, ...(words === '' ? {} : { search: words }) }).then(
      (found) => isCurrent && setEntries(found),
      showError,
    );
    return () => {
      isCurrent = false;
    };
    // `changes` is not read: it means that there is more.
  }, [search, changes]);
  return entries;
}

function Actions({ entries }: { entries: readonly HistoryEntry[] }) {
  const { t, format } = useTexts();
  const [isClearing, setClearing] = useState(false);
  const isEmpty = entries.length === 0;
  return (
    <div className="flex gap-2">
      <ReceiptMenu of="history" ids={entries.map(({ id }) => id)} entries={entries} />
      <Button size="small" look="quiet" icon={Trash2} isDisabled={isEmpty} onPress={() => setClearing(true)}>
        {t('history.clear')}
      </Button>
      {isClearing ? (
        <Dialog
          isOpen
          role="alertdialog"
          title={t('history.clearTitle')}
          onClose={() => setClearing(false)}
          footer={
            <>
              <Button onPress={() => setClearing(false)}>{t('common.cancel')}</Button>
              <Button
                look="danger"
                onPress={() => {
                  inBackground(request('history.clear'), showError);
                  setClearing(false);
                }}
              >
                {t('history.clearAll')}
              </Button>
            </>
          }
        >
          <p>{t('history.clearBody', { count: entries.length, formatted: format.count(entries.length) })}</p>
        </Dialog>
      ) : null}
    </div>
  );
}

function Day({ day, entries }: { day: string; entries: readonly HistoryEntry[] }) {
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
      <h2 className="sticky top-0 z-10 bg-surface py-2 font-semibold">
        {day} <span className="pl-1 text-sm font-normal text-quiet">{t('history.day', sums)}</span>
      </h2>
      <table className="w-full table-fixed border-collapse">
        <caption className="sr-only">{day}</caption>
        <thead className="sr-only">
          <tr>
            {(['when', 'image', 'target', 'digest', 'sent', 'account', 'result', 'actions'] as const).map((column) => (
              <th key={column} scope="col">
                {t(`history.columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Where there is little room the account goes first, then the digest. */
function Row({ entry }: { entry: HistoryEntry }) {
  const { t, format } = useTexts();
  const { id, imageName, target, digest, bytesSent, bytesSaved, account } = entry;
  const { verified, isVerifying, verify } = useVerification(entry);
  const again = () => {
    inBackground(request('history.again', id), showError);
    showView('transfers');
  };
  return (
    <>
      <tr className="h-8 border-b border-line/60 hover:bg-hover">
        <td className="w-16 text-quiet tabular">{format.time(entry.finishedAt)}</td>
        <td className="truncate pr-3" title={imageName}>
          {imageName}
        </td>
        <td className="truncate pr-3 text-quiet" title={target}>
          {target}
        </td>
        <td className="hidden w-24 font-mono text-sm text-quiet @3xl:table-cell" title={digest}>
          {digest?.split(':')[1]?.slice(0, 8) ?? ''}
        </td>
        <td
          className="w-20 pr-3 text-right tabular"
          title={bytesSaved === 0 ? undefined : t('transfers.saved', { size: format.bytes(bytesSaved) })}
        >
          {format.bytes(bytesSent)}
        </td>
        <td className="hidden w-28 truncate pr-3 text-quiet @4xl:table-cell" title={account}>
          {account ?? ''}
        </td>
        <td className="w-44 truncate">
          <HistoryResult entry={entry} />
        </td>
        <td className="w-16 text-right whitespace-nowrap">
          {isVerifiable(entry) ? (
            <IconButton
              icon={isVerifying ? LoaderCircle : ShieldCheck}
              label={t('history.verify', { name: imageName, target })}
              isDisabled={isVerifying}
              onPress={verify}
              className={isVerifying ? '[&>svg]:animate-spin' : ''}
            />
          ) : null}
          <IconButton icon={RotateCw} label={t('history.again', { name: imageName, target })} onPress={again} />
        </td>
      </tr>
      {verified === undefined ? null : (
        <tr className="border-b border-line/60">
          <td colSpan={8} className="py-1.5 pr-3 pl-16">
            <VerificationLine verified={verified} />
          </td>
        </tr>
      )}
    </>
  );
}
