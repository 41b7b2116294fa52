import { create } from 'zustand';
import type { ErrorData } from '../../shared/errors.ts';
import type { GpgKey, SigningKeyName } from '../../shared/signing.ts';
import type { JobInfo } from '../../shared/transfer-events.ts';

interface SigningState {
  /** The keys of gpg that can sign; undefined before they were asked for. */
  keys: readonly GpgKey[] | undefined;
  /** Jobs whose locked key a person shall be asked about. */
  asked: readonly string[];
}

/** What the page knows of keys that sign. Passphrases never come here. */
export const useSigning = create<SigningState>(() => ({ keys: undefined, asked: [] }));

/** The key whose passphrase is missing, where that is why it failed. */
export function lockedKey(error: ErrorData | undefined): SigningKeyName | undefined {
  return error?.key ?? (error?.cause === undefined ? undefined : lockedKey(error.cause));
}

/** Opens the dialog for the key of a job that has failed for it. */
export function askPassphrase(jobId: string): void {
  useSigning.setState(({ asked }) => ({ asked: [...new Set([...asked, jobId])] }));
}

export function dismissPassphrase(jobIds: readonly string[]): void {
  useSigning.setState(({ asked }) => ({ asked: asked.filter((id) => !jobIds.includes(id)) }));
}

/** A job that has just failed for a locked key asks by itself. */
export function askForLockedKey(before: JobInfo | undefined, now: JobInfo): void {
  // It may fail so early that nothing was told of it before.
  if (now.state === 'failed' && before?.state !== 'failed' && lockedKey(now.error)) askPassphrase(now.id);
}
