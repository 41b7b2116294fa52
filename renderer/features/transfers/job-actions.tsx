import { Pause, Play, RotateCw, X } from 'lucide-react';
import type { RequestChannel } from '../../../shared/ipc.ts';
import type { JobInfo } from '../../../shared/push-events.ts';
import { isFinished } from '../../../shared/push-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { showError } from '../../ui/messages-store.ts';
import { openLogin } from '../login/store.ts';
import { openTrust } from '../trust/store.ts';
import { isActive } from './store.ts';

type JobChannel = Extract<RequestChannel, 'push.pause' | 'push.resume' | 'push.cancel' | 'push.retry' | 'push.forget'>;

/** The buttons that the job's state allows. */
export function JobActions({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  const ask = (channel: JobChannel) => () => inBackground(request(channel, job.id), showError);
  const { state } = job;
  return (
    <div className="flex shrink-0 items-center gap-1">
      {state === 'needs-login' ? (
        <Button size="small" look="primary" onPress={() => openLogin(job.registry)}>
          {t('transfers.signIn')}
        </Button>
      ) : null}
      {state === 'needs-trust' ? (
        <Button size="small" look="primary" onPress={() => openTrust(job.id)}>
          {t('transfers.decide')}
        </Button>
      ) : null}
      {state === 'cancelled' || (state === 'failed' && job.error === undefined) ? (
        <Button size="small" icon={RotateCw} onPress={ask('push.retry')}>
          {t('transfers.retry')}
        </Button>
      ) : null}
      {isActive(state) ? <IconButton icon={Pause} label={t('transfers.pause')} onPress={ask('push.pause')} /> : null}
      {state === 'paused' || state === 'interrupted' ? (
        <Button size="small" icon={Play} onPress={ask('push.resume')}>
          {t('transfers.resume')}
        </Button>
      ) : null}
      {isFinished(state) ? (
        <IconButton icon={X} label={t('transfers.forget')} onPress={ask('push.forget')} />
      ) : (
        <IconButton icon={X} label={t('transfers.cancel')} onPress={ask('push.cancel')} />
      )}
    </div>
  );
}
