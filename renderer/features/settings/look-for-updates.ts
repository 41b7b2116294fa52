import { create } from 'zustand';
import type { PushboatError } from '../../../shared/errors.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Release } from '../../../shared/updates.ts';
import { inBackground, request } from '../../api.ts';
import { showError } from '../../stores/messages.ts';

interface UpdatesState {
  /** What the last look for a newer version gave; null: no look yet. */
  found: 'looking' | 'none' | Release | null;
  /** What the window says by itself since its start; null: nothing, or a person has put it away. */
  notice: 'question' | Release | null;
}

export const useUpdates = create<UpdatesState>(() => ({ found: null, notice: null }));

/**
 * At the start of the window: looks where the person wants it, and asks once whether it is wanted: not at the first start, when there is
 * something else to do. A look that fails says nothing, for nobody has asked for it just now.
 */
export async function lookAtStart({ lookForUpdates }: Settings): Promise<void> {
  if (lookForUpdates === 'yes') await lookQuietly();
  if (lookForUpdates !== 'unasked') return;
  if ((await request('history.list', { most: 1 })).length > 0) await ask();
}

async function ask(): Promise<void> {
  await request('settings.update', { lookForUpdates: 'no' });
  useUpdates.setState({ notice: 'question' });
}

/** The answer to the question: from now on each start looks, and this one does it now. */
export async function wantUpdates(): Promise<void> {
  putNoticeAway();
  await request('settings.update', { lookForUpdates: 'yes' });
  await lookQuietly();
}

export function putNoticeAway(): void {
  useUpdates.setState({ notice: null });
}

async function lookQuietly(): Promise<void> {
  await look().catch(() => useUpdates.setState({ found: null }));
  const { found } = useUpdates.getState();
  if (found !== null && typeof found !== 'string') useUpdates.setState({ notice: found });
}

/** Asks whether a newer version is there. Nothing is downloaded. */
export async function look(): Promise<void> {
  useUpdates.setState({ found: 'looking' });
  const release = await request('app.newerRelease').catch((error: PushboatError) => {
    useUpdates.setState({ found: null });
    throw error;
  });
  useUpdates.setState({ found: release ?? 'none' });
}

/** Opens a release's page in the browser, after the person was asked. */
export function openPage({ page }: Release): void {
  inBackground(request('app.openExternal', page), showError);
}
