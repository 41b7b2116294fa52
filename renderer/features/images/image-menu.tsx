import { useRef } from 'react';
import { Menu, MenuItem, Popover, Separator } from 'react-aria-components';
import type { ImageSummary } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { texts } from '../../i18n/i18n.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { interpretTarget } from '../../model/interpret.ts';
import { lastTarget } from '../../model/many-targets.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { targetSelected } from '../../stores/view.ts';
import { announce } from '../../ui/announce.ts';
import { OPTION_CLASSES, POPOVER_CLASSES } from '../../ui/select.tsx';
import { decideCompanions } from '../companions/decide-companions.ts';
import { usualOptions } from '../composer/use-push-options.ts';
import { removeSources } from './remove-sources.ts';

interface ImageMenuProps {
  /** Those that are chosen. */
  images: readonly ImageSummary[];
  place: { x: number; y: number };
  onExport: (image: ImageSummary) => void;
  onClose: () => void;
}

/** What can be done with the images that are chosen, where the pointer is. Entries for one image are dimmed for several. */
export function ImageMenu({ images, place, onExport, onClose }: ImageMenuProps) {
  const { t } = useTexts();
  const anchor = useRef<HTMLSpanElement>(null);
  const entries = useEntries(images, onExport);
  return (
    <>
      <span
        ref={anchor}
        aria-hidden
        className="pointer-events-none fixed size-0"
        style={{ left: place.x, top: place.y }}
      />
      <Popover
        aria-label={t('menu.title', { count: images.length })}
        triggerRef={anchor}
        isOpen
        placement="bottom start"
        offset={2}
        onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
        className={POPOVER_CLASSES}
      >
        <Menu
          aria-label={t('menu.title', { count: images.length })}
          autoFocus="first"
          onClose={onClose}
          className="min-w-52 outline-none"
        >
          {entries.map((entry) =>
            entry === 'line' ? (
              <Separator key="line" className="my-1 h-px bg-line" />
            ) : (
              <MenuItem
                key={entry.text}
                textValue={entry.text}
                isDisabled={entry.isDisabled ?? false}
                onAction={entry.run}
                className={`${OPTION_CLASSES} max-w-96 data-[disabled]:opacity-45`}
              >
                <span className="truncate">{entry.text}</span>
              </MenuItem>
            ),
          )}
        </Menu>
      </Popover>
    </>
  );
}

interface Entry {
  text: string;
  isDisabled?: boolean;
  run: () => void;
}

function useEntries(images: readonly ImageSummary[], onExport: (image: ImageSummary) => void): (Entry | 'line')[] {
  const { t } = useTexts();
  const recent = useSettings((state) => state.settings.recentTargets);
  const sources = useImages((state) => state.sources);
  const all = useImages((state) => state.images);
  const [first] = images;
  if (first === undefined) return [];
  const isOne = images.length === 1 && first.kind !== 'broken';
  const target = isOne ? lastTarget(first, recent) : undefined;
  const source = sources.find(({ id }) => id === first.sourceId);
  const hasFile = source !== undefined && source.location.startsWith('/') && !ENGINES.includes(source.transport);
  const chosen = new Set(images.map(({ id }) => id));
  const isWhole = (id: string) => [...all.values()].every((image) => image.sourceId !== id || chosen.has(image.id));
  const held = new Set(images.map(({ sourceId }) => sourceId));
  const removable = sources.filter(({ id, automatic }) => !automatic && held.has(id) && isWhole(id));
  return [
    { text: t('menu.push'), isDisabled: !isOne, run: targetSelected },
    {
      text: target === undefined ? t('menu.pushLast') : t('menu.pushTo', { target }),
      isDisabled: target === undefined,
      run: () => inBackground(push(first, target), showError),
    },
    { text: t('export.open'), isDisabled: !isOne, run: () => onExport(first) },
    'line',
    {
      text: t('menu.copyReferences', { count: images.length }),
      run: () => copy(images.map(referenceOf), t('common.copied')),
    },
    {
      text: t('menu.copyDigests', { count: images.length }),
      isDisabled: images.every(({ digest }) => digest === undefined),
      run: () =>
        copy(
          images.flatMap(({ digest }) => digest ?? []),
          t('common.copied'),
        ),
    },
    {
      text: t('transfers.showInFolder'),
      isDisabled: images.length !== 1 || !hasFile,
      run: () => inBackground(request('images.show', first.id), showError),
    },
    { text: t('menu.remove'), isDisabled: removable.length === 0, run: () => removeSources(removable) },
  ];
}

/** As the button of the details would push it with nothing chosen. */
async function push(image: ImageSummary, target: string | undefined): Promise<void> {
  if (target === undefined) return;
  const meaning = interpretTarget(target);
  const usual = usualOptions(image, meaning.kind === 'valid' ? meaning.reference.registry : '');
  const options = await decideCompanions([image.id], usual, 'push');
  if (options === undefined) return;
  await request('push.start', { imageId: image.id, targets: [target], options });
  announce(texts.t('target.started', { target }));
}

const ENGINES: readonly string[] = ['docker-daemon', 'containers-storage'];

function referenceOf({ references, name }: ImageSummary): string {
  return references[0] ?? name;
}

function copy(lines: readonly string[], said: string): void {
  inBackground(
    request('app.copy', lines.join('\n')).then(() => announce(said)),
    showError,
  );
}
