import { PushboatError } from '../../../shared/errors.ts';
import { request } from '../../api.ts';
import { formatCount } from '../../i18n/format.ts';
import { texts } from '../../i18n/i18n.ts';
import { showErrors, showInfo } from '../../stores/messages.ts';
import { aimImages } from '../../stores/view.ts';

/**
 * Adds dropped or chosen paths. Images of good ones appear in the list and are chosen, with the cursor where they go;
 * each bad one is listed with its reason.
 * @throws PushboatError when the main process cannot add at all.
 */
export async function addPaths(paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const added = await request('sources.add', paths);
  const imageIds = added.flatMap((path) => path.imageIds);
  const failed = added.flatMap(({ path, error }) => (error === undefined ? [] : [{ about: path, error }]));
  if (imageIds.length > 0) {
    aimImages(imageIds);
    showInfo(texts.t('drop.added', { count: imageIds.length, formatted: count(imageIds.length) }));
  }
  if (failed.length > 0) {
    showErrors(texts.t('drop.failed', { count: failed.length, formatted: count(failed.length) }), failed);
  }
  for (const { path, imageIds: ids, error } of added) {
    if (ids.length === 0 && error === undefined) showInfo(texts.t('drop.noImages', { path }));
  }
}

/** The keys that open the system's dialog: a dialog has either files or folders, not both, on Linux and Windows. */
export const ADD_KEYS = { archives: ['MOD', 'O'], folders: ['MOD', 'Shift', 'O'] } as const;

let isChoosing = false;

/** Asks the operating system's dialog for folders or archives, then adds them. Nothing while that dialog is open already. */
export async function chooseAndAdd(kind: 'folders' | 'archives'): Promise<void> {
  if (isChoosing) return;
  isChoosing = true;
  const paths = await request('sources.choose', kind).finally(() => {
    isChoosing = false;
  });
  await addPaths(paths);
}

/** Paths of what was dropped. @throws PushboatError when nothing of it is a file of this computer. */
export async function addDropped(files: File[]): Promise<void> {
  const paths = (await window.pushboat.pathsOf(files)).filter((path) => path !== '');
  if (paths.length === 0) {
    throw new PushboatError('SOURCE_UNREADABLE', 'What was dropped is not a folder or file of this computer.', {
      hint: 'check-folder',
    });
  }
  await addPaths(paths);
}

function count(value: number): string {
  return formatCount(value, texts.language);
}
