import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { DemoScene } from './sample.ts';

/**
 * Runs a script of ours on this Node with settings and logins of its own; its output is shown.
 * @param input what it reads from its standard input; nothing when absent
 * @returns its exit status
 */
export async function runNode(args: string[], scene: DemoScene, input?: string): Promise<number> {
  scene.signal.throwIfAborted();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PUSHBOAT_DATA_DIR: join(scene.folder, 'data'), DOCKER_CONFIG: join(scene.folder, 'docker') },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
  });
  // Ctrl-C reaches the child by itself, as it is in the terminal's group; a signal to this process alone does not.
  const stop = () => child.kill('SIGTERM');
  scene.signal.addEventListener('abort', stop, { once: true });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 130));
    });
    scene.signal.throwIfAborted();
    return status;
  } finally {
    scene.signal.removeEventListener('abort', stop);
  }
}
