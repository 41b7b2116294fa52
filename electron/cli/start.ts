import { homedir, tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { localEnvironment } from '../files/environment.ts';
import { startEarly } from './early-start.ts';

/**
 * The command line of this process, however it was started: as a script, as one executable, or by the app. Connections begin first, for a
 * registry far away needs two round trips before its first request: they pass while the code is loaded.
 * @param prepare what is to be done before the code is loaded
 * @returns the exit status; never throws.
 */
export async function startCommandLine(args: string[], prepare: () => void = () => undefined): Promise<number> {
  const { env, platform } = process;
  const early = startEarly(args, env, platform);
  if (early) await setImmediate();
  prepare();
  const [{ main }, { processIo }] = await Promise.all([import('./main.ts'), import('./io.ts')]);
  const environment = localEnvironment({ env, homeDir: homedir(), temporaryDir: tmpdir() });
  try {
    return await main(args, processIo(environment, early));
  } finally {
    early?.end();
  }
}
