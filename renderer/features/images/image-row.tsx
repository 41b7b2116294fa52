import { CircleAlert } from 'lucide-react';
import { memo } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { selectImage } from '../../stores/view.ts';
import { Badge } from '../../ui/badge.tsx';
import { classes } from '../../ui/classes.ts';
import { errorParts } from '../../ui/error-text.ts';
import { COLUMNS, CREATED_COLUMN, PLATFORM_COLUMN } from './columns.ts';

interface ImageRowProps {
  /** Of the element: the grid names the selected row by it. */
  id: string;
  image: ImageSummary;
  /** Place in the whole list, from 0. */
  index: number;
  /** Pixels from the top of the list. */
  top: number;
  isSelected: boolean;
}

/** One image of the list; a broken one says why. */
export const ImageRow = memo(function ImageRow({ id, image, index, top, isSelected }: ImageRowProps) {
  const { t } = useTexts();
  const name = image.error === undefined ? image.name : `${image.name}, ${errorParts(image.error, t).why}`;
  return (
    // The keys are the grid's, which keeps the focus.
    <div
      id={id}
      role="row"
      tabIndex={-1}
      aria-label={name}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      onMouseDown={(event) => {
        if (event.button !== 0) return;
        // The focus belongs to the grid: this row leaves the page when it is scrolled away.
        event.preventDefault();
        event.currentTarget.closest<HTMLElement>('[role="grid"]')?.focus();
        selectImage(image.id);
      }}
      style={{ transform: `translateY(${top}px)` }}
      className={classes(
        'absolute inset-x-3 top-0 flex h-8 cursor-default items-center rounded-md px-2 outline-offset-[-2px]',
        isSelected ? 'bg-selected group-focus-visible:outline-2 group-focus-visible:outline-accent' : 'hover:bg-hover',
      )}
    >
      <div role="presentation" className={COLUMNS}>
        <NameCell image={image} />
        <PlatformCell image={image} />
        <SizeCell image={image} />
        <CreatedCell image={image} />
      </div>
    </div>
  );
});

function NameCell({ image }: { image: ImageSummary }) {
  const { t } = useTexts();
  if (image.error === undefined) {
    return (
      <span role="gridcell" className="truncate" title={image.references[0] ?? image.name}>
        {image.name}
      </span>
    );
  }
  const { what, why } = errorParts(image.error, t);
  return (
    <span role="gridcell" className="flex min-w-0 items-center gap-1.5" title={`${what}\n${why}`}>
      <CircleAlert aria-hidden size={14} className="shrink-0 text-bad" />
      <span className="max-w-[60%] shrink-0 truncate">{image.name}</span>
      <span className="truncate text-sm text-bad">{why}</span>
    </span>
  );
}

function PlatformCell({ image }: { image: ImageSummary }) {
  const { t } = useTexts();
  const [first, ...more] = image.platforms;
  return (
    <span role="gridcell" className={classes(PLATFORM_COLUMN, 'min-w-0 items-center gap-1 text-quiet')}>
      {image.kind === 'broken' ? <Badge tone="bad">{t('images.broken')}</Badge> : null}
      {image.kind === 'artifact' ? <Badge>{t('images.artifact')}</Badge> : null}
      {first === undefined ? null : (
        <span className="truncate" title={image.platforms.map(platformText).join(', ')}>
          {platformText(first)}
        </span>
      )}
      {more.length === 0 ? null : <Badge>{t('images.morePlatforms', { count: more.length })}</Badge>}
    </span>
  );
}

function SizeCell({ image }: { image: ImageSummary }) {
  const { format } = useTexts();
  return (
    <span role="gridcell" className="text-right text-quiet tabular">
      {image.size === undefined ? '' : format.bytes(image.size)}
    </span>
  );
}

function CreatedCell({ image }: { image: ImageSummary }) {
  const { format } = useTexts();
  const title = image.created === undefined ? undefined : format.date(image.created);
  return (
    <span role="gridcell" className={classes(CREATED_COLUMN, 'justify-end text-quiet tabular')} title={title}>
      <span className="truncate">{format.age(image.created)}</span>
    </span>
  );
}
