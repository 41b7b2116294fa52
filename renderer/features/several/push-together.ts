import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { request } from '../../api.ts';
import { formatCount } from '../../i18n/format.ts';
import { texts } from '../../i18n/i18n.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { pushedPlatforms } from '../../model/push-platforms.ts';
import { showErrors } from '../../stores/messages.ts';
import { announce } from '../../ui/announce.ts';
import { decideCompanions } from '../companions/decide-companions.ts';
import { askAgain } from '../transfers/actions.ts';

/** Within a row: where its target is typed. */
export const TARGET_FIELD = 'input:not([type=checkbox])';

/** Whether there is something to push, and nothing to settle before. */
export function isReady(rows: readonly ManyRow[]): boolean {
  return rows.some(isGood) && !hasConflict(rows);
}

/** Whether there is something to settle before anything is pushed. */
export function hasConflict(rows: readonly ManyRow[]): boolean {
  return rows.some(({ problem }) => problem === 'conflict');
}

/** Puts the cursor in the first row of a conflict, within an element. */
export function showConflict(place: Element | null): void {
  place?.querySelector<HTMLElement>(`[data-state=conflict] ${TARGET_FIELD}`)?.focus();
}

function isGood({ problem }: ManyRow): boolean {
  return problem === undefined;
}

/** Starts the pushes of the good rows as one group. What cannot be started is told together, and does not stop the others. */
export async function pushTogether(all: readonly ManyRow[], chosen: TransferOptions): Promise<void> {
  const rows = all.filter(isGood);
  const ids = rows.map(({ image }) => image.id);
  const options = await decideCompanions(ids, chosen, 'pushMany');
  if (options === undefined) return;
  const { platforms: wanted, ...others } = options;
  const pushes = rows.map(({ image, target }) => {
    return { imageId: image.id, target, platforms: pushedPlatforms(image, wanted) };
  });
  const { jobIds, failures } = await request('push.startMany', { pushes, options: others });
  askAgain(jobIds);
  const count = jobIds.length;
  announce(texts.t('many.started', { count, formatted: formatCount(count, texts.language) }));
  if (failures.length === 0) return;
  const names = new Map(rows.map(({ image }) => [image.id, image.name]));
  showErrors(
    texts.t('many.notStarted'),
    failures.map(({ imageId, target, error }) => ({ about: names.get(imageId) ?? target, error })),
  );
}
