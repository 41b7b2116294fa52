import { type ComponentProps, type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { chooseImages, searchImages, useView } from '../../stores/view.ts';
import { arePressed } from '../../ui/keys.tsx';
import { ExportDialog } from '../export/export-dialog.tsx';
import { AddMenu } from './add-menu.tsx';
import { IMAGE_KEYS, imageActions } from './image-actions.ts';
import { ImageGrid } from './image-grid.tsx';
import { ImageMenu } from './image-menu.tsx';
import { imagesInOrder, type SortOrder } from './list-order.ts';
import { NoImages } from './no-images.tsx';
import { PracticeStrip } from './practice-strip.tsx';
import { SearchBox } from './search-box.tsx';
import { SortHeader } from './sort-header.tsx';

/** The middle column: search, sorting, and the images; only the rows in sight are in the page. */
export function ImageList() {
  const { t, format } = useTexts();
  const images = useImages((state) => state.images);
  const sourceId = useView((state) => state.sourceId);
  const search = useView((state) => state.search);
  const section = useRef<HTMLElement>(null);
  const [order, setOrder] = useState<SortOrder>({ column: 'name', descending: false });
  const wanted = useDeferredValue(search);
  const shown = useMemo(
    () => imagesInOrder(images.values(), sourceId, wanted, order),
    [images, sourceId, wanted, order],
  );
  useSelectionInSight(images, shown, search === wanted);
  const [menu, setMenu] = useState<{ x: number; y: number }>();
  const [exported, setExported] = useState<ImageSummary>();
  const any = images.size > 0;
  const enterList = () => section.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
  return (
    <section
      ref={section}
      aria-label={t('panes.images')}
      data-pane
      tabIndex={-1}
      className="@container flex min-h-0 min-w-0 flex-1 flex-col"
    >
      <div className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-3">
        <SearchBox value={search} onChange={searchImages} onLeave={enterList} />
        <AddMenu />
      </div>
      <PracticeStrip />
      {any ? <SortHeader order={order} onChange={setOrder} images={shown} /> : null}
      <span className="sr-only" role="status">
        {any ? t('images.shown', { count: shown.length, formatted: format.count(shown.length) }) : ''}
      </span>
      {shown.length > 0 ? (
        <ImageGrid
          images={shown}
          arrangement={`${sourceId} ${order.column} ${order.descending} ${wanted}`}
          onMenu={setMenu}
          onKey={(event) => runAction(event, setExported)}
        />
      ) : (
        <NoImages search={any ? wanted : ''} />
      )}
      {menu === undefined ? null : (
        <ChosenMenu place={menu} onExport={setExported} onClose={() => setMenu(undefined)} />
      )}
      {exported === undefined ? null : (
        <ExportDialog
          image={exported}
          options={{}}
          onStarted={() => setExported(undefined)}
          onClose={() => setExported(undefined)}
        />
      )}
    </section>
  );
}

type ChosenMenuProps = Omit<ComponentProps<typeof ImageMenu>, 'images'>;

function ChosenMenu(props: ChosenMenuProps) {
  // Read anew when either changes.
  useImages((state) => state.images);
  useView((state) => state.chosen);
  return <ImageMenu {...props} images={chosenImages()} />;
}

function chosenImages(): ImageSummary[] {
  const { images } = useImages.getState();
  return [...useView.getState().chosen].flatMap((id) => images.get(id) ?? []);
}

/** Does what an entry of the menu would do whose keys are pressed. Says whether there is such an entry. */
function runAction(event: KeyboardEvent, onExport: (image: ImageSummary) => void): boolean {
  // Looked at first: what can be done is found by walking through all images, and an arrow key that is held comes thirty times a second.
  if (!Object.values(IMAGE_KEYS).some((keys) => arePressed(keys, event))) return false;
  const actions = imageActions(chosenImages(), onExport).flat();
  const wanted = actions.find(({ keys }) => keys !== undefined && arePressed(keys, event));
  if (wanted?.isDisabled !== true) wanted?.run();
  return wanted !== undefined;
}

/** Push and export act on the chosen images: those that the list does not show any more are not chosen. */
function useSelectionInSight(
  images: ReadonlyMap<string, ImageSummary>,
  shown: readonly ImageSummary[],
  isUpToDate: boolean,
): void {
  const chosen = useView((state) => state.chosen);
  useEffect(() => {
    if (!isUpToDate || chosen.size === 0) return;
    const ids = new Set(shown.map(({ id }) => id));
    // The row of an image that was just added may come with a later event.
    const kept = [...chosen].filter((id) => ids.has(id) || !images.has(id));
    if (kept.length === chosen.size) return;
    const { imageId } = useView.getState();
    chooseImages(kept, imageId !== null && kept.includes(imageId) ? imageId : (kept.at(-1) ?? null));
  }, [images, shown, isUpToDate, chosen]);
}
