import type { JobSnapshot } from '../../../shared/transfer-events.ts';
import type { Services } from '../../services.ts';
import { isExport, type JobRequest } from '../../transfers/types.ts';
import { stopOnSignal } from '../interrupts.ts';
import { type CommandIo, isInteractive } from '../io.ts';
import { signInAtTerminal } from '../login.ts';
import type { PushOutput } from './words.ts';

export interface RunOptions {
  quiet?: boolean;
  json?: boolean;
  creds?: string;
  /** False with `--no-resume`. */
  resume?: boolean;
  /** The first failure stops the others. */
  failFast?: boolean;
}

/** Runs the jobs to their end; where a person can be asked, a login is asked for and the same jobs continue. */
export async function runToEnd(
  services: Services,
  requests: readonly JobRequest[],
  output: PushOutput,
  io: CommandIo,
  options: RunOptions,
): Promise<JobSnapshot[]> {
  const mayAsk = isInteractive(io) && !options.quiet && !options.json && options.creds === undefined;
  const stopOutput = services.transfers.subscribe((events) => output.update(events));
  const jobs = requests.map((request) => ({ request, id: services.transfers.start(request) }));
  const stopped = new AbortController();
  const stopAll = (): void => {
    for (const { id, request } of jobs) stopJob(services, id, request, options);
  };
  const settled = async (id: string): Promise<JobSnapshot> => {
    const snapshot = await services.transfers.settled(id);
    if (options.failFast && snapshot.job.state === 'failed') stopAll();
    return snapshot;
  };
  using _interrupts = stopOnSignal(io, () => {
    stopped.abort();
    stopAll();
  });
  try {
    for (;;) {
      const snapshots = await Promise.all(jobs.map(({ id }) => settled(id)));
      output.end(snapshots);
      const waiting = snapshots.find(({ job }) => job.state === 'needs-login');
      if (!waiting?.job.login || !mayAsk) return snapshots;
      await signInAtTerminal(services, waiting.job.login, io, stopped.signal);
    }
  } finally {
    stopOutput();
  }
}

/** A push is stopped so that the same command can continue it; an export, and a push that must leave nothing, is cancelled. */
function stopJob({ transfers }: Services, id: string, request: JobRequest, { resume }: RunOptions): void {
  if (isExport(request) || resume === false) void transfers.cancel(id);
  else transfers.pause(id);
}
