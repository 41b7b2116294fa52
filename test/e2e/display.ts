import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A display of our own: Xvfb on the first free number, which it says on file descriptor 3. */
export interface Display {
  name: string;
  close(): Promise<void>;
}

/** The display of the environment, or a new Xvfb; `close` ends only what was started here. */
export async function openDisplay(env: NodeJS.ProcessEnv, size = '1600x1000'): Promise<Display> {
  const existing = env['DISPLAY'];
  if (existing !== undefined && existing !== '') return { name: existing, close: async () => undefined };
  // `-terminate`: it ends with the window too, in case the test is killed before it can end it.
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp', '-terminate'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await displayNumber(child);
  return {
    name: `:${number}`,
    async close() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function displayNumber(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !('read' in pipe)) throw new Error('Xvfb has no descriptor 3');
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`Xvfb could not be started: ${String(error)}. Debian: apt-get install xvfb`);
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Xvfb ended with status ${code}`);
  });
  failed.catch(() => undefined);
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(pipe, 'data'), failed, ended])) as [Buffer];
  return line.toString().trim();
}
