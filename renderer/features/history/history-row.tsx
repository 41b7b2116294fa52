import { ChevronRight, LoaderCircle, RotateCw, ShieldCheck } from 'lucide-react';
import { useId, useState } from 'react';
import { Button as AriaButton, type KeyboardEvent } from 'react-aria-components';
import { briefDigest } from '../../../shared/digest.ts';
import type { HistoryEntry } from '../../../shared/history.ts';
import { historyRow, receiptText } from '../../../shared/receipt.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { showView } from '../../stores/view.ts';
import { announce } from '../../ui/announce.ts';
import { IconButton } from '../../ui/button.tsx';
import { useFold } from '../../ui/fold.tsx';
import { NameText } from '../../ui/middle-text.tsx';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { WIDTHS } from './history-columns.ts';
import { HistoryDetails } from './history-details.tsx';
import { HistoryResult } from './history-result.tsx';
import { isVerifiable, useVerification, VerificationLine } from './verification.tsx';

/** Where the keys are in the table: one in each row. */
const ROW_BUTTON = '[data-row-button]';

interface HistoryRowProps {
  entry: HistoryEntry;
  shownColumns: number;
  isCurrent: boolean;
  onCurrent: () => void;
}

/** One transfer; unfolded it has what its columns have no room for. */
export function HistoryRow({ entry, shownColumns, isCurrent, onCurrent }: HistoryRowProps) {
  const { t, format } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const panelId = useId();
  const { isThere, motion, ref } = useFold<HTMLDivElement>(isOpen);
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
          {digest === undefined ? '' : briefDigest(digest)}
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
      {isThere ? (
        <tr id={panelId} inert={!isOpen} className="border-b border-line/60 bg-sunken">
          <td colSpan={shownColumns}>
            <HistoryDetails ref={ref} entry={entry} motion={motion} />
          </td>
        </tr>
      ) : null}
    </>
  );
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
