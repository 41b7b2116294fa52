import type { ImageSummary } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { texts } from '../../i18n/i18n.ts';
import { interpretTarget } from '../../model/interpret.ts';
import { lastTarget } from '../../model/many-targets.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { targetSelected } from '../../stores/view.ts';
import { announce } from '../../ui/announce.ts';
import { decideCompanions } from '../companions/decide-companions.ts';
import { usualOptions } from '../composer/use-push-options.ts';
import { askAgain } from '../transfers/actions.ts';
import { removeSources } from './remove-sources.ts';

/** Keys of what can be done with chosen images; MOD is Cmd on a Mac and Ctrl elsewhere. */
export const IMAGE_KEYS = {
  target: ['Enter'],
  pushLast: ['MOD', 'Shift', 'Enter'],
  export: ['MOD', 'E'],
  copyReferences: ['MOD', 'C'],
  copyDigests: ['MOD', 'Shift', 'C'],
  remove: ['Delete'],
} as const;

/** Something that can be done with the images that are chosen, by the menu or by its keys. */
export interface ImageAction {
  text: string;
  keys?: readonly string[];
  isDisabled?: boolean;
  run: () => void;
}

/** What can be done with images now, in groups. */
export function imageActions(
  images: readonly ImageSummary[],
  onExport: (image: ImageSummary) => void,
): ImageAction[][] {
  const [first] = images;
  if (first === undefined) return [];
  const { t } = texts;
  const isOne = images.length === 1 && first.kind !== 'broken';
  const target = isOne ? lastTarget(first, useSettings.getState().settings.recentTargets) : undefined;
  const { sources, images: all } = useImages.getState();
  const source = sources.find(({ id }) => id === first.sourceId);
  const hasFile = source !== undefined && source.location.startsWith('/') && !ENGINES.includes(source.transport);
  const chosen = new Set(images.map(({ id }) => id));
  const isWhole = (id: string) => [...all.values()].every((image) => image.sourceId !== id || chosen.has(image.id));
  const held = new Set(images.map(({ sourceId }) => sourceId));
  const removable = sources.filter(({ id, automatic }) => !automatic && held.has(id) && isWhole(id));
  const digests = images.flatMap(({ digest }) => digest ?? []);
  return [
    [
      {
        text: t('menu.push'),
        keys: IMAGE_KEYS.target,
        isDisabled: images.every(({ kind }) => kind === 'broken'),
        run: targetSelected,
      },
      {
        text: target === undefined ? t('menu.pushLast') : t('menu.pushTo', { target }),
        keys: IMAGE_KEYS.pushLast,
        isDisabled: target === undefined,
        run: () => inBackground(push(first, target), showError),
      },
      { text: t('export.open'), keys: IMAGE_KEYS.export, isDisabled: !isOne, run: () => onExport(first) },
    ],
    [
      {
        text: t('menu.copyReferences', { count: images.length }),
        keys: IMAGE_KEYS.copyReferences,
        run: () => copy(images.map(referenceOf)),
      },
      {
        text: t('menu.copyDigests', { count: images.length }),
        keys: IMAGE_KEYS.copyDigests,
        isDisabled: digests.length === 0,
        run: () => copy(digests),
      },
      {
        text: t('transfers.showInFolder'),
        isDisabled: images.length !== 1 || !hasFile,
        run: () => inBackground(request('images.show', first.id), showError),
      },
    ],
    [
      {
        text: t('menu.remove'),
        keys: IMAGE_KEYS.remove,
        isDisabled: removable.length === 0,
        run: () => removeSources(removable),
      },
    ],
  ];
}

/** As the button of the details would push it with nothing chosen. */
async function push(image: ImageSummary, target: string | undefined): Promise<void> {
  if (target === undefined) return;
  const meaning = interpretTarget(target);
  const usual = usualOptions(image, meaning.kind === 'valid' ? meaning.reference.registry : '');
  const options = await decideCompanions([image.id], usual, 'push');
  if (options === undefined) return;
  askAgain(await request('push.start', { imageId: image.id, targets: [target], options }));
  announce(texts.t('target.started', { target }));
}

const ENGINES: readonly string[] = ['docker-daemon', 'containers-storage'];

function referenceOf({ references, name }: ImageSummary): string {
  return references[0] ?? name;
}

function copy(lines: readonly string[]): void {
  const copied = request('app.copy', lines.join('\n'));
  inBackground(
    copied.then(() => announce(texts.t('common.copied'))),
    showError,
  );
}
