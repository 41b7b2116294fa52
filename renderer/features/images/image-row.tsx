import { CircleAlert, FileBox, Package } from 'lucide-react';
import { memo } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { nameParts } from '../../model/image-name.ts';
import { Badge } from '../../ui/badge.tsx';
import { TickBox } from '../../ui/checkbox.tsx';
import { classes } from '../../ui/classes.ts';
import { errorParts, whyText } from '../../ui/error-text.ts';
import { NameText } from '../../ui/middle-text.tsx';
import { COLUMNS, CREATED_COLUMN, PLATFORM_COLUMN, TAG_COLUMN } from './columns.ts';
import type { PickKeys } from './use-choice.ts';

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
  /** Several are chosen: each row has a box for it. */
  areSeveral: boolean;
  /** Pressed with the mouse; the same function as long as the list is the same. */
  onPick: (index: number, keys: PickKeys) => void;
}

/** One image of the list; a broken one says why. */
export const ImageRow = memo(function ImageRow(props: ImageRowProps) {
  const { id, image, index, top, isSelected, isLead, areSeveral, onPick } = props;
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
        // The box adds one image or takes it out, as the key does.
        const isOnBox = event.target instanceof Element && event.target.closest('[data-tick]') !== null;
        onPick(index, {
          shiftKey: event.shiftKey,
          ctrlKey: event.ctrlKey || event.metaKey || (isOnBox && !event.shiftKey),
        });
      }}
      style={{ transform: `translateY(${top}px)` }}
      className={classes(
        'absolute inset-x-3 top-0 flex h-8 cursor-default items-center rounded-md px-2 outline-offset-[-2px]',
        isSelected ? 'bg-selected' : 'hover:bg-hover',
        isLead && 'group-focus-visible:outline-2 group-focus-visible:outline-accent',
      )}
    >
      <div role="presentation" className={COLUMNS}>
        <RowMark kind={image.kind} isTicked={isSelected && areSeveral} hasBox={areSeveral} />
        <NameCell image={image} />
        {image.error === undefined ? <TagCell image={image} /> : null}
        <PlatformCell image={image} />
        <SizeCell image={image} />
        <CreatedCell image={image} />
      </div>
    </div>
  );
});

const KIND_ICONS = { image: Package, index: Package, artifact: FileBox, broken: CircleAlert } as const;

/** What the image is, or whether it is one of several that are chosen: over it with the mouse is the box, too. Damaged images have none. */
function RowMark({ kind, isTicked, hasBox }: { kind: ImageSummary['kind']; isTicked: boolean; hasBox: boolean }) {
  const Icon = KIND_ICONS[kind];
  if (kind === 'broken') return <Icon aria-hidden size={14} className="text-bad" />;
  return (
    <span aria-hidden data-tick className="group/tick -my-2 -ml-2 flex h-8 items-center pl-2">
      <Icon size={14} className={classes('shrink-0 text-quiet', hasBox ? 'hidden' : 'group-hover/tick:hidden')} />
      <TickBox isTicked={isTicked} className={hasBox ? '' : 'hidden group-hover/tick:flex'} />
    </span>
  );
}

function NameCell({ image }: { image: ImageSummary }) {
  const texts = useTexts();
  if (image.error === undefined) {
    const { name, tag } = nameParts(image);
    return (
      <span role="gridcell" className="flex min-w-0 items-center" title={image.references[0] ?? image.name}>
        <NameText text={name} />
        {tag === undefined ? null : <TagBehindName tag={tag} />}
      </span>
    );
  }
  const { what, why } = errorParts(image.error, texts);
  // It has the tag's column, too.
  return (
    <span role="gridcell" className="flex min-w-0 items-center gap-1.5 @sm:col-span-2" title={`${what}\n${why}`}>
      <span className="max-w-[60%] shrink-0 truncate">{image.name}</span>
      <span className="truncate text-sm text-bad">{why}</span>
    </span>
  );
}

/** Characters of a tag that are shown in any case. */
const TAG_END = 6;

/** Where the tag has no column of its own. */
function TagBehindName({ tag }: { tag: string }) {
  return (
    <span className="max-w-[50%] shrink-0 @sm:hidden">
      <NameText text={`:${tag}`} end={TAG_END} />
    </span>
  );
}

/** Where the list is not too narrow for it; the end of a tag is what differs from build to build. */
function TagCell({ image }: { image: ImageSummary }) {
  const { tag } = nameParts(image);
  return (
    <span role="gridcell" className={classes(TAG_COLUMN, 'min-w-0')} title={tag}>
      {tag === undefined ? null : <NameText text={tag} end={TAG_END} />}
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
