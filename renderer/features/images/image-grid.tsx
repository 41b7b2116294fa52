import { type KeyboardEvent, type MouseEvent, useId, useLayoutEffect, useMemo, useRef } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { selectImage, useView } from '../../stores/view.ts';
import { classes } from '../../ui/classes.ts';
import { ImageRow } from './image-row.tsx';
import { useChoice } from './use-choice.ts';
import { useListKeys } from './use-list-keys.ts';
import { useWindow } from './use-window.ts';

/** Height of a row in pixels: one line of text on the 8 px grid. */
const ROW_HEIGHT = 32;

interface ImageGridProps {
  images: readonly ImageSummary[];
  /** Changes when a person arranges the list in another way: by order, search or source. */
  arrangement: string;
  /** The menu of the chosen images is asked for, by the second button of the mouse or the key for it. */
  onMenu: (place: { x: number; y: number }) => void;
  /** Whether a key does something with the chosen images; then it is not the list's. */
  onKey: (event: KeyboardEvent) => boolean;
}

/**
 * The images as an ARIA grid in which only the rows in sight exist: the focus stays on the grid, which names the selected
 * row (aria-activedescendant). React Aria's collections make an element of every item for every sort and search, which is
 * too slow for 10,000.
 */
export function ImageGrid({ images, arrangement, onMenu, onKey }: ImageGridProps) {
  const { t } = useTexts();
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const selectedId = useView((state) => state.imageId);
  const chosen = useView((state) => state.chosen);
  const selectedIndex = useMemo(() => images.findIndex((image) => image.id === selectedId), [images, selectedId]);
  const { first, end, pageRows, show } = useWindow(grid, ROW_HEIGHT, images.length);
  useShowSelected(`${selectedId} ${arrangement}`, selectedIndex, show);
  const onSelect = (index: number) => {
    const image = images[index];
    if (image === undefined) return;
    selectImage(image.id);
    show(index);
  };
  const { pick, upTo, all } = useChoice(images);
  const onExtend = (index: number) => {
    upTo(index);
    show(index);
  };
  const onListKey = useListKeys({
    images,
    selectedIndex,
    pageRows,
    onSelect,
    onExtend,
    onSelectAll: all,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (onKey(event)) event.preventDefault();
    else onListKey(event);
  };
  const onContextMenu = useContextMenu({ images, selectedIndex, rowId: (index) => `${id}-${index}`, onMenu });
  const indexes = Array.from({ length: Math.max(0, end - first) }, (_value, place) => first + place);
  // The row that the grid names must exist, in sight or not.
  if (selectedIndex !== -1 && (selectedIndex < first || selectedIndex >= end)) indexes.push(selectedIndex);

  return (
    <div
      ref={grid}
      role="grid"
      aria-label={t('images.title')}
      aria-rowcount={images.length}
      aria-multiselectable
      aria-activedescendant={selectedIndex === -1 ? undefined : `${id}-${selectedIndex}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
      className={classes(
        'group min-h-0 flex-1 overflow-y-auto outline-offset-[-2px] [scrollbar-gutter:stable]',
        // The selected row shows the focus; without one the grid does.
        selectedIndex !== -1 && 'focus-visible:outline-none',
      )}
    >
      <div role="rowgroup" className="relative" style={{ height: images.length * ROW_HEIGHT }}>
        {indexes.map((index) => {
          const image = images[index];
          return image === undefined ? null : (
            <ImageRow
              key={image.id}
              id={`${id}-${index}`}
              image={image}
              index={index}
              top={index * ROW_HEIGHT}
              isSelected={chosen.has(image.id)}
              isLead={index === selectedIndex}
              areSeveral={chosen.size > 1}
              onPick={pick}
            />
          );
        })}
      </div>
    </div>
  );
}

interface MenuParts extends Pick<ImageGridProps, 'images' | 'onMenu'> {
  selectedIndex: number;
  /** The id of a row's element. */
  rowId: (index: number) => string;
}

/** Chooses the image that the menu is asked for, where it is not among those that are chosen. */
function useContextMenu({ images, selectedIndex, rowId, onMenu }: MenuParts): (event: MouseEvent<HTMLElement>) => void {
  const chosen = useView((state) => state.chosen);
  return (event) => {
    event.preventDefault();
    const pressed = event.target instanceof Element ? event.target.closest('[role="row"]') : null;
    const image = images[Number(pressed?.getAttribute('aria-rowindex') ?? 0) - 1];
    if (image !== undefined && !chosen.has(image.id)) selectImage(image.id);
    if (image === undefined && selectedIndex === -1) return;
    // The key for the menu names no row: it is about the one that the keys are at.
    const lead = document.getElementById(rowId(selectedIndex))?.getBoundingClientRect();
    onMenu(
      image === undefined && lead ? { x: lead.left + 24, y: lead.bottom } : { x: event.clientX, y: event.clientY },
    );
  };
}

/**
 * Brings the selected image into sight when it was chosen elsewhere (a drop), and when the list is arranged in another way. Images that come or go
 * by themselves do not move the list under a person who has scrolled it.
 */
function useShowSelected(occasion: string, selectedIndex: number, show: (index: number) => void): void {
  const aimed = useView((state) => state.targetFocus);
  const current = `${aimed} ${occasion}`;
  const shownFor = useRef('');
  useLayoutEffect(() => {
    // Its row may come with a later event.
    if (current === shownFor.current || selectedIndex === -1) return;
    shownFor.current = current;
    show(selectedIndex);
  }, [current, selectedIndex, show]);
}
