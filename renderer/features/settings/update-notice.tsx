import { X } from 'lucide-react';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { openPage, putNoticeAway, useUpdates, wantUpdates } from './look-for-updates.ts';

/** In the left column, where it covers nothing: that a newer version is there, or whether to look for one. It stays until it is answered. */
export function UpdateNotice() {
  const { t } = useTexts();
  const notice = useUpdates((state) => state.notice);
  if (notice === null) return null;
  const isQuestion = notice === 'question';
  return (
    <section aria-label={t('updates.title')} className="shrink-0 space-y-1.5 border-t border-line px-3 py-2 text-sm">
      <div className="flex items-start gap-1">
        <p role="status" className="min-w-0 flex-1">
          {isQuestion ? t('updates.question') : t('updates.newer', { version: notice.version })}
        </p>
        <IconButton icon={X} label={t('common.dismiss')} onPress={putNoticeAway} className="-mt-0.5 -mr-1" />
      </div>
      <Button
        size="small"
        className="max-w-full"
        onPress={() => (isQuestion ? inBackground(wantUpdates(), showError) : openPage(notice))}
      >
        <span className="truncate">{t(isQuestion ? 'updates.yes' : 'updates.open')}</span>
      </Button>
    </section>
  );
}
