import { LoaderCircle, type LucideIcon, Pause, Play, RotateCw, X } from 'lucide-react';
import type { RequestChannel } from '../../../shared/ipc-channels.ts';
import { isActive, isFinished, isHeldBack, type JobInfo } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { isFromEarlier } from '../../model/job-groups.ts';
import { openLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { openTrust } from '../../stores/trust.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { discardJob, pauseJob, resumeJob, useIsPausing, useIsResuming } from './actions.ts';

type JobChannel = Extract<RequestChannel, 'transfers.cancel' | 'transfers.forget'>;

/** The buttons that the job's state allows. */
export function JobActions({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  const ask = (channel: JobChannel) => () => inBackground(request(channel, job.id), showError);
  const { state, registry } = job;
  return (
    <div data-actions className="flex shrink-0 items-center gap-1">
      {state === 'needs-login' && registry !== undefined ? (
        <Button size="small" look="primary" onPress={() => openLogin(registry)}>
          {t('transfers.signIn')}
        </Button>
      ) : null}
      {state === 'needs-trust' ? (
        <Button size="small" look="primary" onPress={() => openTrust(job.id)}>
          {t('transfers.decide')}
        </Button>
      ) : null}
      {state === 'cancelled' || (state === 'failed' && job.error === undefined) ? (
        <GoOnButton job={job} icon={RotateCw} label={t('transfers.retry')} />
      ) : null}
      {isActive(state) ? <PauseButton job={job} /> : null}
      {isHeldBack(state) ? <GoOnButton job={job} icon={Play} label={t('transfers.resume')} /> : null}
      <EndButton job={job} ask={ask} />
    </div>
  );
}

function EndButton({ job, ask }: { job: JobInfo; ask: (channel: JobChannel) => () => void }) {
  const { t } = useTexts();
  if (isFromEarlier(job)) {
    return (
      <Button size="small" look="quiet" onPress={() => discardJob(job.id)}>
        {t('transfers.discard')}
      </Button>
    );
  }
  return isFinished(job.state) ? (
    <IconButton icon={X} label={t('transfers.forget')} onPress={ask('transfers.forget')} />
  ) : (
    <IconButton
      icon={X}
      label={t(job.destination ? 'transfers.cancelExport' : 'transfers.cancel')}
      onPress={ask('transfers.cancel')}
    />
  );
}

/** Lets a job go on, or begin again. Says that it was heard, as long as the job does not. */
export function GoOnButton({ job, icon, label }: { job: JobInfo; icon: LucideIcon; label: string }) {
  const { t } = useTexts();
  const isResuming = useIsResuming(job);
  return (
    <Button
      size="small"
      icon={isResuming ? LoaderCircle : icon}
      isPending={isResuming}
      onPress={() => resumeJob(job.id)}
      className={isResuming ? '[&>svg]:animate-spin' : ''}
    >
      {isResuming ? t('transfers.starting') : label}
    </Button>
  );
}

/** Says that it was heard; it goes away with the running state. */
function PauseButton({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  const isPausing = useIsPausing(job);
  const pauseLabel = t(job.destination ? 'transfers.pauseExport' : 'transfers.pause');
  return (
    <IconButton
      icon={isPausing ? LoaderCircle : Pause}
      label={isPausing ? t('transfers.pausing') : pauseLabel}
      isPending={isPausing}
      onPress={() => pauseJob(job.id)}
      className={isPausing ? '[&>svg]:animate-spin' : ''}
    />
  );
}
