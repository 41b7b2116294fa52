import { type ErrorData, toPushboatError } from '../../../shared/errors.ts';
import { request } from '../../api.ts';
import { formatCount } from '../../i18n/format.ts';
import { texts } from '../../i18n/i18n.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { showErrors } from '../../stores/messages.ts';
import { announce } from '../../ui/announce.ts';

/** Starts one push for each row. What cannot be started is told together, and does not stop the others. */
export async function pushMany(rows: readonly Pick<ManyRow, 'image' | 'target'>[]): Promise<void> {
  const failed: { about: string; error: ErrorData }[] = [];
  for (const { image, target } of rows) {
    try {
      await request('push.start', { imageId: image.id, targets: [target], options: {} });
    } catch (thrown) {
      failed.push({ about: image.name, error: toPushboatError(thrown).toData() });
    }
  }
  const count = rows.length - failed.length;
  announce(texts.t('many.started', { count, formatted: formatCount(count, texts.language) }));
  if (failed.length > 0) showErrors(texts.t('many.notStarted'), failed);
}
