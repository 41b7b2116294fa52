import { ExitStatus } from './errors.ts';
import type { CommandIo } from './io.ts';

type EndSignal = 'SIGINT' | 'SIGTERM';

/** Milliseconds that tidying up may take after SIGTERM: who sends it often kills soon after. */
const TERM_GRACE_MS = 4_000;

/**
 * The first Ctrl-C or SIGTERM calls `stop`, which tidies up; a second one waits for nothing, and after SIGTERM the process ends within
 * 5 s whatever is still running, also when this was disposed of meanwhile.
 */
export function stopOnSignal(io: CommandIo, stop: () => void): Disposable {
  const onSignal = (signal: EndSignal): void => {
    unlisten();
    process.on('SIGINT', endNow).on('SIGTERM', endNow);
    // Unreferenced: it keeps no process that is ready to end.
    if (signal === 'SIGTERM') setTimeout(endNow, TERM_GRACE_MS, signal).unref();
    stop();
  };
  const endNow = (signal: EndSignal): void => {
    io.stdout.endDrawing();
    endProcess(signal);
  };
  const unlisten = (): void => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    [Symbol.dispose]: () => {
      unlisten();
      process.off('SIGINT', endNow).off('SIGTERM', endNow);
    },
  };
}

/** The first process of a container ends by no signal that it does not listen to. */
export function endAsFirstProcess(io: CommandIo): void {
  if (process.pid !== 1) return;
  process.on('SIGTERM', (signal) => {
    if (process.listenerCount('SIGTERM') > 1) return;
    io.stdout.endDrawing();
    endProcess(signal);
  });
}

function endProcess(signal: NodeJS.Signals): void {
  // Exit waits for threads that wait in a system call, such as the opening of a FIFO; the signal's own way does not.
  // https://github.com/libuv/libuv/blob/v1.x/src/threadpool.c (uv__threadpool_cleanup)
  if (process.pid !== 1 && process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo)/.test(name))) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    return;
  }
  process.exit(ExitStatus.interrupted);
}
