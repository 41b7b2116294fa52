import { tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { localEnvironment } from '../files/environment.ts';
import { appDataDir, homeDirOf } from '../settings/app-paths.ts';
import { beginTokenServer, registryHost, startEarly } from './early-start.ts';

/** What a push loads, in pieces: between them the connections that were begun go on. */
const PIECES = [
  () => import('../registry/client.ts'),
  () => import('../services.ts'),
  () => import('./push/command.ts'),
];

/**
 * The command line of this process, however it was started: as a script, as one executable, or by the app. Connections begin first, for a
 * registry far away needs two round trips before its first request: they pass while the code is loaded.
 * @param prepare what is to be done before the code is loaded
 * @returns the exit status; never throws.
 */
export async function startCommandLine(args: string[], prepare: () => void = () => undefined): Promise<number> {
  const { env, platform } = process;
  // What is verified is so whatever it says, so Node's warning of it would be wrong.
  delete env['NODE_TLS_REJECT_UNAUTHORIZED'];
  const early = startEarly(args, env, platform);
  // Node connects in the next turn of its loop, and answers are seen in one; loading takes none.
  if (early) await setImmediate();
  early?.loadTls();
  prepare();
  const registry = early && registryHost(args);
  if (early && registry) await beginTokenServer(early, registry, appDataDir(env, platform));
  const [{ main }, { processIo }] = await Promise.all([import('./main.ts'), import('./io.ts')]);
  if (early) {
    for (const load of PIECES) {
      await setImmediate();
      await load();
    }
  }
  const environment = localEnvironment({ env, homeDir: homeDirOf(env, platform), temporaryDir: tmpdir() });
  try {
    return await main(args, processIo(environment, early));
  } finally {
    early?.end();
  }
}
