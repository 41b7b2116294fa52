import { Pause, Play, RotateCw, X } from 'lucide-react';
import { isActive, isFinished, isHeldBack, type JobInfo, type JobState } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { isUnsigned } from '../../model/job-groups.ts';
import { showError } from '../../stores/messages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ReceiptMenu } from '../receipts/receipt-menu.tsx';
import { pauseJob, resumeJob } from './actions.ts';

/** What can be done with all jobs of a group, or with those of them that it is about. */
export function GroupActions({ jobs }: { jobs: readonly JobInfo[] }) {
  const { t, format } = useTexts();
  const ids = (isWanted: (state: JobState) => boolean) =>
    jobs.filter(({ state }) => isWanted(state)).map(({ id }) => id);
  const unsigned = jobs.filter(isUnsigned).map(({ id }) => id);
  const failed = ids((state) => state === 'failed').filter((id) => !unsigned.includes(id));
  const active = ids(isActive);
  const held = ids(isHeldBack);
  const unfinished = jobs.filter(({ state }) => !isFinished(state));
  const all = jobs.map(({ id }) => id);
  return (
    <div data-actions className="flex flex-wrap items-center justify-end gap-1">
      {unsigned.length === 0 ? null : (
        <Button size="small" icon={RotateCw} onPress={() => unsigned.forEach(resumeJob)}>
          {t('signing.againMany', { count: unsigned.length, formatted: format.count(unsigned.length) })}
        </Button>
      )}
      {failed.length === 0 ? null : (
        <Button size="small" icon={RotateCw} onPress={() => failed.forEach(resumeJob)}>
          {t('transfers.pushFailed', { count: failed.length, formatted: format.count(failed.length) })}
        </Button>
      )}
      {unfinished.length === 0 ? <ReceiptMenu of="transfers" ids={all} /> : null}
      {held.length === 0 ? null : (
        <Button size="small" icon={Play} onPress={() => held.forEach(resumeJob)}>
          {t('transfers.resumeAll')}
        </Button>
      )}
      {active.length === 0 ? null : (
        <IconButton icon={Pause} label={t('transfers.pauseAll')} onPress={() => active.forEach(pauseJob)} />
      )}
      {unfinished.length === 0 ? (
        <ForgetAll jobs={jobs} />
      ) : (
        <IconButton icon={X} label={t('transfers.cancelAll')} onPress={() => askEach('transfers.cancel', unfinished)} />
      )}
    </div>
  );
}

export function ForgetAll({ jobs }: { jobs: readonly JobInfo[] }) {
  const { t } = useTexts();
  return <IconButton icon={X} label={t('transfers.forgetAll')} onPress={() => askEach('transfers.forget', jobs)} />;
}

function askEach(channel: 'transfers.cancel' | 'transfers.forget', of: readonly JobInfo[]): void {
  inBackground(Promise.all(of.map(({ id }) => request(channel, id))), showError);
}
