import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of one file, and files kept beside the current one. */
const MAX_BYTES = 1024 * 1024;
const KEPT_FILES = 2;

/**
 * Secrets that could slip into a foreign message: header values, credentials in URLs, password and token parameters.
 * What we write ourselves never has them; this is the last net.
 */
const SECRETS: [RegExp, string][] = [
  [/(authorization\s*[:=]\s*)(?:(?:basic|bearer)\s+)?[^\s"',;]+/gi, '$1…'],
  [/\b((?:basic|bearer)\s+)[A-Za-z0-9._~+/=-]{8,}/gi, '$1…'],
  [/(:\/\/)[^/\s@:]+:[^/\s@]+@/g, '$1…@'],
  [/\b(password|passwd|secret|token|access_token|refresh_token|signature|x-amz-[a-z-]+)(["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi, '$1$2…'],
];

export function redact(text: string): string {
  return SECRETS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

export interface Log {
  readonly folder: string;
  write(level: 'info' | 'warning' | 'error', message: string, facts?: unknown): void;
}

/** A log that never grows beyond three megabytes: `pushboat.log`, `pushboat.1.log`, `pushboat.2.log` in `folder`. */
export function openLog(folder: string): Log {
  const current = join(folder, 'pushboat.log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    folder,
    write(level, message, facts) {
      const more = facts === undefined ? '' : ` ${JSON.stringify(facts)}`;
      const line = redact(`${new Date().toISOString()} ${level} ${message}${more}`).replaceAll('\n', ' ');
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
