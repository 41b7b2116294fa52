import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemCode } from './system-errors.ts';

/** Tells computers and containers apart that share a folder: a process number says nothing about one of another computer. */
const HOST = createHash('sha256').update(`${hostname()} ${processNumbers()}`).digest('hex').slice(0, 8);
const NAME = /\.pushboat-([a-f0-9]{8})-(\d+)-[a-f0-9]{12}\.tmp$/;

/** A name that nothing else has, beginning with `prefix`, which tells what process it belongs to. */
export function temporaryName(prefix: string): string {
  return `${prefix}.pushboat-${HOST}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
}

/** Whether a name is one that `temporaryName` made, whoever did. */
export function isTemporaryName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Removes what processes of this computer that were killed have left in a folder under names with this prefix. Fails with the system's
 * error.
 */
export async function removeAbandoned(folder: string, prefix: string): Promise<void> {
  for (const path of await abandonedIn(folder, prefix)) await rm(path, { recursive: true, force: true });
}

/** What processes of this computer that were killed have left in a folder under names with this prefix. Fails with the system's error. */
export async function abandonedIn(folder: string, prefix: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => {
    const [ending = '', host, pid] = NAME.exec(name) ?? [];
    return host === HOST && name.slice(0, -ending.length) === prefix && !isRunning(Number(pid));
  });
  return names.map((name) => join(folder, name));
}

/** Whether a process of this computer has this number, whoever's it is: one of somebody else's may not be signalled (EPERM), and runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** Containers with one host name have numbers of their own. */
function processNumbers(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
