import { Check, CircleAlert } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { fromLastSlash, nameParts } from '../../model/image-name.ts';
import { Badge } from '../../ui/badge.tsx';
import { classes } from '../../ui/classes.ts';
import { errorParts, whyText } from '../../ui/error-text.ts';
import { MiddleText } from '../../ui/middle-text.tsx';
import { COLUMNS, CREATED_COLUMN, PLATFORM_COLUMN, TAG_COLUMN } from './columns.ts';

interface ImageRowProps {
  /** Of the element: the grid names the selected row by it. */
  id: string;
  image: ImageSummary;
  /** Place in the whole list, from 0. */
  index: number;
  /** Pixels from the top of the list. */
  top: number;
  isSelected: boolean;
  /** The keys are at it. */
  isLead: boolean;
  /** Several are chosen: those that are show it with a mark, too. */
  isTicked: boolean;
  /** Pressed with the mouse; the same function as long as the list is the same. */
  onPick: (index: number, event: MouseEvent) => void;
}

/** One image of the list; a broken one says why. */
export const ImageRow = memo(function ImageRow(props: ImageRowProps) {
  const { id, image, index, top, isSelected, isLead, isTicked, onPick } = props;
  const texts = useTexts();
  const name = image.error === undefined ? image.name : `${image.name}, ${whyText(image.error, texts)}`;
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
        onPick(index, event);
      }}
      style={{ transform: `translateY(${top}px)` }}
      className={classes(
        'absolute inset-x-3 top-0 flex h-8 cursor-default items-center rounded-md px-2 outline-offset-[-2px]',
        isSelected ? 'bg-selected' : 'hover:bg-hover',
        isLead && 'group-focus-visible:outline-2 group-focus-visible:outline-accent',
      )}
    >
      <div role="presentation" className={COLUMNS}>
        <NameCell image={image} isTicked={isTicked} />
        <TagCell image={image} />
        <PlatformCell image={image} />
        <SizeCell image={image} />
        <CreatedCell image={image} />
      </div>
    </div>
  );
});

function NameCell({ image, isTicked }: { image: ImageSummary; isTicked: boolean }) {
  const texts = useTexts();
  if (image.error === undefined) {
    const { name, tag } = nameParts(image);
    return (
      <span role="gridcell" className="flex min-w-0 items-center" title={image.references[0] ?? image.name}>
        {isTicked ? <Check aria-hidden size={14} className="mr-1.5 shrink-0 text-accent" /> : null}
        <MiddleText text={name} end={fromLastSlash(name)} />
        {tag === undefined ? null : <span className="max-w-[50%] shrink-0 truncate @xl:hidden">:{tag}</span>}
      </span>
    );
  }
  const { what, why } = errorParts(image.error, texts);
  return (
    <span role="gridcell" className="flex min-w-0 items-center gap-1.5" title={`${what}\n${why}`}>
      <CircleAlert aria-hidden size={14} className="shrink-0 text-bad" />
      <span className="max-w-[60%] shrink-0 truncate">{image.name}</span>
      <span className="truncate text-sm text-bad">{why}</span>
    </span>
  );
}

/** Only where the list is wide; the end of a tag is what differs from build to build. */
function TagCell({ image }: { image: ImageSummary }) {
  const { tag } = nameParts(image);
  return (
    <span role="gridcell" className={classes(TAG_COLUMN, 'min-w-0')} title={tag}>
      {tag === undefined || image.error !== undefined ? null : <MiddleText text={tag} end={tag.slice(-6)} />}
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
