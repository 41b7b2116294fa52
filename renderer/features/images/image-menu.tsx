import { Fragment, useRef } from 'react';
import { Keyboard, Menu, MenuItem, Popover, Separator } from 'react-aria-components';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useKeyNames } from '../../ui/keys.tsx';
import { OPTION_CLASSES, POPOVER_CLASSES } from '../../ui/select.tsx';
import { type ImageAction, imageActions } from './image-actions.ts';

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
          {imageActions(images, onExport).map((group, index) => (
            <Fragment key={group[0]?.text}>
              {index === 0 ? null : <Separator className="my-1 h-px bg-line" />}
              {group.map((action) => (
                <Item key={action.text} action={action} />
              ))}
            </Fragment>
          ))}
        </Menu>
      </Popover>
    </>
  );
}

function Item({ action: { text, keys = [], isDisabled = false, run } }: { action: ImageAction }) {
  const nameOf = useKeyNames();
  return (
    <MenuItem
      textValue={text}
      isDisabled={isDisabled}
      onAction={run}
      className={`${OPTION_CLASSES} max-w-96 data-[disabled]:opacity-45`}
    >
      <span className="min-w-0 flex-1 truncate">{text}</span>
      {keys.length === 0 ? null : (
        // It describes the entry, and is not a part of its name.
        <Keyboard aria-hidden className="shrink-0 pl-4 font-sans text-sm text-quiet">
          {keys.map(nameOf).join(' ')}
        </Keyboard>
      )}
    </MenuItem>
  );
}
