import { ChevronDown, ReceiptText } from 'lucide-react';
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import type { HistoryEntry } from '../../../shared/history.ts';
import { historyRow, RECEIPT_FORMATS, receiptRow, receiptText } from '../../../shared/receipt.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError, showInfo } from '../../stores/messages.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { announce } from '../../ui/announce.ts';
import { classes } from '../../ui/classes.ts';
import { OPTION_CLASSES, POPOVER_CLASSES } from '../../ui/select.tsx';

interface ReceiptMenuProps {
  of: 'transfers' | 'history';
  /** In the order of the receipt. */
  ids: readonly string[];
  /** Of the history. */
  entries?: readonly HistoryEntry[];
  /** Names the button where there are several of them. */
  label?: string;
  /** Only the icon. */
  isSmall?: boolean;
  excludeFromTabOrder?: boolean;
}

/** What became of each image: to copy, or to save as a file. */
export function ReceiptMenu({
  of,
  ids,
  entries = [],
  label,
  isSmall = false,
  excludeFromTabOrder = false,
}: ReceiptMenuProps) {
  const { t } = useTexts();
  const copy = () => {
    const { jobs } = useTransfers.getState();
    const rows =
      of === 'history'
        ? entries.map(historyRow)
        : ids.flatMap((id) => (jobs[id] === undefined ? [] : [receiptRow(jobs[id])]));
    const copied = request('app.copy', receiptText(rows, 'markdown')).then(() => announce(t('common.copied')));
    inBackground(copied, showError);
  };
  const save = (format: (typeof RECEIPT_FORMATS)[number]) => {
    const saved = request('receipts.save', { of, ids: [...ids], format }).then((path) => {
      if (path !== null) showInfo(t('receipt.saved', { path }));
    });
    inBackground(saved, showError);
  };
  return (
    <MenuTrigger>
      <AriaButton
        aria-label={label ?? t('receipt.title')}
        isDisabled={ids.length === 0}
        excludeFromTabOrder={excludeFromTabOrder}
        className={classes(
          'inline-flex h-6 shrink-0 items-center gap-1.5 rounded-md hover:bg-hover data-[disabled]:opacity-50',
          isSmall
            ? 'w-6 justify-center text-quiet hover:text-text'
            : 'border border-line-strong bg-raised px-2 text-sm',
        )}
      >
        <ReceiptText aria-hidden size={14} className="shrink-0" />
        {isSmall ? null : (
          <>
            {t('receipt.title')}
            <ChevronDown aria-hidden size={14} className="shrink-0 text-quiet" />
          </>
        )}
      </AriaButton>
      <Popover placement="bottom end" className={POPOVER_CLASSES}>
        <Menu aria-label={t('receipt.title')} className="min-w-48 outline-none">
          <MenuItem onAction={copy} className={OPTION_CLASSES}>
            {t('receipt.copy')}
          </MenuItem>
          {RECEIPT_FORMATS.map((format) => (
            <MenuItem key={format} onAction={() => save(format)} className={OPTION_CLASSES}>
              {t(`receipt.save.${format}`)}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
