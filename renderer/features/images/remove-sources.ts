import type { SourceInfo } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { formatCount } from '../../i18n/format.ts';
import { texts } from '../../i18n/i18n.ts';
import { showError, showInfo } from '../../stores/messages.ts';
import { showSource } from '../../stores/view.ts';

/** Takes what a person added off the list, and offers to undo that. Nothing on the disk is touched. */
export function removeSources(sources: readonly SourceInfo[]): void {
  const [first] = sources;
  if (first === undefined) return;
  showSource(null);
  inBackground(removeAll(sources), showError);
  const count = sources.length;
  const said =
    count === 1
      ? texts.t('sources.removed', { name: first.label })
      : texts.t('sources.removedSeveral', { count, formatted: formatCount(count, texts.language) });
  const locations = sources.map(({ location }) => location);
  showInfo(said, {
    label: texts.t('sources.undo'),
    run: () => inBackground(request('sources.add', locations), showError),
  });
}

async function removeAll(sources: readonly SourceInfo[]): Promise<void> {
  for (const { id } of sources) await request('sources.remove', id);
}
