import { randomUUID } from 'node:crypto';
import {
  type FSWatcher,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface OtherStart {
  argv: string[];
  cwd: string;
  data: unknown;
}

let held: { folder: string; watcher: FSWatcher } | undefined;

const lockFile = (folder: string): string => join(folder, 'host.lock');
const inbox = (folder: string): string => join(folder, 'host.starts');

/**
 * Takes the lock of the single instance for this data folder, or returns false when a living process has it.
 * Later starts are handed over as files, because Electron's call is synchronous.
 */
export function lockInstance(folder: string, onStart: (other: OtherStart) => void): boolean {
  mkdirSync(inbox(folder), { recursive: true });
  try {
    writeFileSync(lockFile(folder), String(process.pid), { flag: 'wx' });
  } catch {
    if (isAlive(Number(readFileSync(lockFile(folder), 'utf8')))) return false;
    writeFileSync(lockFile(folder), String(process.pid));
  }
  const watcher = watch(inbox(folder), () => {
    for (const name of readdirSync(inbox(folder))) {
      if (!name.endsWith('.json')) continue;
      const file = join(inbox(folder), name);
      const other = JSON.parse(readFileSync(file, 'utf8')) as OtherStart;
      rmSync(file);
      onStart(other);
    }
  });
  held = { folder, watcher };
  return true;
}

export function handOver(folder: string, start: OtherStart): void {
  const file = join(inbox(folder), randomUUID());
  writeFileSync(file, JSON.stringify(start));
  // Renamed into sight, so that it is never read half written.
  renameSync(file, `${file}.json`);
}

export function releaseInstance(): void {
  if (held === undefined) return;
  held.watcher.close();
  rmSync(lockFile(held.folder), { force: true });
  rmSync(inbox(held.folder), { recursive: true, force: true });
  held = undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
