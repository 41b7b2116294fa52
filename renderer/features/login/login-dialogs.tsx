import { useShallow } from 'zustand/react/shallow';
import type { LoginRequest } from '../../../shared/transfer-events.ts';
import { useLogin } from '../../stores/login.ts';
import { type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { LoginDialog } from './login-dialog.tsx';

/** The login dialog that is due: one per registry, however many jobs wait for it, one at a time. */
export function LoginDialogs() {
  const { dismissed, wanted } = useLogin();
  // A text, so that the progress of other jobs does not render this again.
  const waiting = useTransfers(waitingRegistries);
  const registry = wanted ?? waiting.split('\n').find((name) => name !== '' && !dismissed.includes(name));
  return registry === undefined ? null : <DialogFor key={registry} registry={registry} />;
}

function DialogFor({ registry }: { registry: string }) {
  const reason = useTransfers((state) => firstRequest(state, registry));
  const waiting = useTransfers(useShallow((state) => waitingJobs(state, registry).map(({ imageName }) => imageName)));
  return <LoginDialog registry={registry} reason={reason} waiting={waiting} />;
}

/** Registries that jobs wait for, those that waited longest first, one per line. */
function waitingRegistries(state: TransfersState): string {
  const names = state.order.toReversed().flatMap((id) => {
    const job = state.jobs[id];
    return job?.state === 'needs-login' ? [job.login?.registry ?? job.registry] : [];
  });
  return [...new Set(names)].join('\n');
}

function waitingJobs({ jobs }: TransfersState, registry: string) {
  return Object.values(jobs).filter(
    (job) => job.state === 'needs-login' && (job.login?.registry ?? job.registry) === registry,
  );
}

function firstRequest(state: TransfersState, registry: string): LoginRequest | undefined {
  return waitingJobs(state, registry)[0]?.login;
}
