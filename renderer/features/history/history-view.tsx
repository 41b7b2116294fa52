import { History, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Input, Label, SearchField } from 'react-aria-components';
import type { HistoryEntry } from '../../../shared/history.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useHistory } from '../../stores/history.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { INPUT_CLASSES } from '../../ui/field.ts';
import { Page } from '../../ui/page.tsx';
import { Select } from '../../ui/select.tsx';
import { TryButton } from '../images/try-button.tsx';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { HistoryTable } from './history-table.tsx';

const FILTERS = ['all', 'done', 'failed'] as const;
type Filter = (typeof FILTERS)[number];

/** Entries that are read at once; older ones are read when they are asked for. */
const PAGE = 100;

/** What was pushed and exported, newest first, by days: to search in, to copy as a receipt, and to push again. */
export function HistoryView() {
  const { t, format } = useTexts();
  const days = useSettings((state) => state.settings.historyDays);
  const [search, setSearch] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const [most, setMost] = useState(PAGE);
  const entries = useEntries(search, filter, most);
  const shown = entries ?? [];
  const isSearched = search.trim() !== '' || filter !== 'all';
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
            {isSearched
              ? t(shown.length < most ? 'history.found' : 'history.newest', { formatted: format.count(shown.length) })
              : t('history.days', { count: days, formatted: format.count(days) })}
          </span>
        </div>
        {entries !== undefined && shown.length === 0 ? (
          <Nothing isSearched={isSearched} />
        ) : (
          <HistoryTable entries={shown}>
            {entries?.length === most ? (
              <Button className="mt-3" onPress={() => setMost(most + PAGE)}>
                {t('history.older')}
              </Button>
            ) : null}
          </HistoryTable>
        )}
      </div>
    </Page>
  );
}

/** Nothing fits the search, or there is nothing yet: then how to begin. */
function Nothing({ isSearched }: { isSearched: boolean }) {
  const { t } = useTexts();
  if (isSearched) return <EmptyState icon={History} title={t('history.nothingFound')} />;
  return (
    <EmptyState icon={History} title={t('history.empty')}>
      <p>{t('history.emptyBody')}</p>
      <TryButton />
    </EmptyState>
  );
}

/** Read again while a person searches, and after each transfer that ends. */
function useEntries(search: string, filter: Filter, most: number): HistoryEntry[] | undefined {
  const [entries, setEntries] = useState<HistoryEntry[]>();
  const changes = useHistory((state) => state.changes);
  useEffect(() => {
    let isCurrent = true;
    const words = search.trim();
    const state = filter === 'all' ? {} : { state: filter };
    request('history.list', { most, ...state, ...(words === '' ? {} : { search: words }) }).then(
      (found) => isCurrent && setEntries(found),
      showError,
    );
    return () => {
      isCurrent = false;
    };
    // `changes` is not read: it means that there is more.
  }, [search, filter, most, changes]);
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
