import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds: a lock older than this was left by a process that died; waiting goes on between two looks. */
const STALE = 10_000;
const WAIT = 25;

/** Runs `work` while no other Pushboat changes the same file: `<path>.lock` exists for that time. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  while (!(await tryLock(lock))) await sleep(WAIT);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const age = await stat(lock).then(
    (stats) => Date.now() - stats.mtimeMs,
    () => 0,
  );
  if (age > STALE) await rm(lock, { force: true });
  return false;
}
