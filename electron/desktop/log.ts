import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redact } from '../registry/http/redact.ts';

/** Bytes of one file, and older files kept next to the current one. */
const MAX_BYTES = 1024 * 1024;
const KEPT_FILES = 2;
/** Characters of one line. What is longer (a page of HTML, a dumped object) says nothing more, and costs redaction dearly. */
const MAX_LINE = 4000;
/** Lines that a report of a bug gets. */
const TAIL_LINES = 100;

export interface Log {
  readonly folder: string;
  /** The last lines. */
  tail(): Promise<string>;
  write(level: 'info' | 'warning' | 'error', message: string, facts?: unknown): void;
}

/** A log that never grows beyond three megabytes: `pushboat.log`, `pushboat.1.log`, `pushboat.2.log` in `folder`. */
export function openLog(folder: string): Log {
  const current = join(folder, 'pushboat.log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    folder,
    tail: async () => {
      const text = await readFile(current, 'utf8').catch(() => '');
      return text.split('\n').slice(-TAIL_LINES).join('\n');
    },
    write(level, message, facts) {
      const more = facts === undefined ? '' : ` ${JSON.stringify(facts)}`;
      // What we write ourselves has no secrets; this is the last net, for foreign messages.
      const line = redact(`${new Date().toISOString()} ${level} ${message}${more}`.slice(0, MAX_LINE)).replaceAll(
        '\n',
        ' ',
      );
      try {
        rotate(folder, current);
        // Synchronous on purpose: a line about a crash must be on the disk before the process ends. Lines are few.
        appendFileSync(current, `${line}\n`, { mode: 0o600 });
      } catch {
        // A full or vanished disk must not take the application down with it.
      }
    },
  };
}

function rotate(folder: string, current: string): void {
  const size = statSync(current, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MAX_BYTES) return;
  const kept = (number: number): string => join(folder, `pushboat.${number}.log`);
  rmSync(kept(KEPT_FILES), { force: true });
  for (let number = KEPT_FILES - 1; number >= 1; number--) {
    if (statSync(kept(number), { throwIfNoEntry: false }) !== undefined) renameSync(kept(number), kept(number + 1));
  }
  renameSync(current, kept(1));
}
