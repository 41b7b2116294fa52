import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Commands on PATH and in the folders of PUSHBOAT_BENCH_PATH, which come first. */
export const programs = {
  find(name: string): string | undefined {
    const folders = [process.env['PUSHBOAT_BENCH_PATH'], process.env['PATH']]
      .flatMap((list) => (list ?? '').split(delimiter))
      .filter((folder) => folder !== '');
    return folders.map((folder) => join(folder, name)).find(isExecutable);
  },
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Bytes of a program's output that are kept for its version or its complaint. */
const KEPT = 64 * 1024;

export interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, whatever its status. @throws Error when it cannot be started. */
export async function runProgram(command: string, args: string[]): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = { status: 0, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      ended[name] = (ended[name] + text).slice(-KEPT);
    });
  }
  ended.status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
  return ended;
}

/** The first line that a program says of its version, `unknown` when it does not know. */
export async function versionLine(command: string, args: string[]): Promise<string> {
  const { status, stdout } = await runProgram(command, args);
  const line = stdout.split('\n').find((text) => text.trim() !== '');
  // Debian's crane does not know its own.
  return status === 0 && line && !line.startsWith('could not')
    ? line.replace(/^(skopeo version|Version:)\s+/, '').trim()
    : 'version unknown';
}
