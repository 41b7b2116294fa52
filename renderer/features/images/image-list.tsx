import { FolderPlus } from 'lucide-react';
import { type RefObject, useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { GridList, ListLayout, Virtualizer } from 'react-aria-components';
import type { ImageSummary } from '../../../shared/images.ts';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Button } from '../../ui/button.tsx';
import { showError } from '../../ui/messages-store.ts';
import { chooseAndAdd } from '../drop/add-paths.ts';
import { selectImage, useView } from '../shell/view-store.ts';
import { ImageRow } from './image-row.tsx';
import { listImages, type SortOrder } from './list-order.ts';
import { NoImages } from './no-images.tsx';
import { SearchBox } from './search-box.tsx';
import { SortHeader } from './sort-header.tsx';
import { useImages } from './store.ts';

/** Height of a row in pixels: one line of text on the 8 px grid. */
const ROW_HEIGHT = 32;

/** The middle column: search, sorting, and the images; only the rows in sight are in the page. */
export function ImageList() {
  const { t, format } = useTexts();
  const images = useImages((state) => state.images);
  const sourceId = useView((state) => state.sourceId);
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState<SortOrder>({ column: 'name', descending: false });
  const wanted = useDeferredValue(search);
  const shown = useMemo(() => listImages(images.values(), sourceId, wanted, order), [images, sourceId, wanted, order]);
  const any = images.size > 0;
  return (
    <section
      aria-label={t('panes.images')}
      data-pane
      tabIndex={-1}
      className="@container flex min-h-0 min-w-0 flex-1 flex-col"
    >
      <div className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-3">
        <SearchBox value={search} onChange={setSearch} />
        <Button icon={FolderPlus} onPress={() => inBackground(chooseAndAdd(), showError)}>
          {t('common.add')}
        </Button>
      </div>
      {any ? <SortHeader order={order} onChange={setOrder} /> : null}
      <span className="sr-only" role="status">
        {any ? t('images.shown', { count: shown.length, formatted: format.count(shown.length) }) : ''}
      </span>
      {shown.length > 0 ? <Rows images={shown} /> : <NoImages search={any ? wanted : ''} />}
    </section>
  );
}

function Rows({ images }: { images: ImageSummary[] }) {
  const { t } = useTexts();
  const imageId = useView((state) => state.imageId);
  const selected = useMemo(() => (imageId === null ? [] : [imageId]), [imageId]);
  const grid = useRef<HTMLDivElement>(null);
  useShowAimed(grid, images);
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: ROW_HEIGHT, padding: 4 }}>
      <GridList
        ref={grid}
        aria-label={t('images.title')}
        items={images}
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={selected}
        onSelectionChange={(keys) => {
          const [first] = keys === 'all' ? [] : keys;
          if (first !== undefined) selectImage(String(first));
        }}
        className="min-h-0 flex-1 overflow-y-auto outline-none [scrollbar-gutter:stable]"
      >
        {(image) => <ImageRow image={image} />}
      </GridList>
    </Virtualizer>
  );
}

/** Brings the image into sight that was chosen elsewhere (a drop); a row that is out of sight is not in the page. */
function useShowAimed(grid: RefObject<HTMLDivElement | null>, images: ImageSummary[]): void {
  const aimed = useView((state) => state.targetFocus);
  const shownAim = useRef(0);
  useLayoutEffect(() => {
    const element = grid.current;
    if (element === null || aimed === shownAim.current) return;
    const index = images.findIndex(({ id }) => id === useView.getState().imageId);
    // Its row may come with a later event.
    if (index === -1) return;
    shownAim.current = aimed;
    const top = index * ROW_HEIGHT;
    const isInSight = top >= element.scrollTop && top + ROW_HEIGHT <= element.scrollTop + element.clientHeight;
    if (!isInSight) element.scrollTo({ top: top - element.clientHeight / 2 });
  }, [grid, images, aimed]);
}
