import { CircleAlert } from 'lucide-react';
import { GridListItem } from 'react-aria-components';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Badge } from '../../ui/badge.tsx';
import { classes } from '../../ui/classes.ts';
import { errorParts } from '../../ui/error-text.ts';
import { COLUMNS, CREATED_COLUMN, PLATFORM_COLUMN } from './columns.ts';
import { platformText } from './list-order.ts';

/** One image of the list; a broken one says why. */
export function ImageRow({ image }: { image: ImageSummary }) {
  return (
    <GridListItem
      id={image.id}
      textValue={image.name}
      className={({ isSelected, isHovered }) =>
        classes(
          'mx-2 flex h-8 cursor-default items-center rounded-md px-2 outline-offset-[-2px]',
          isSelected ? 'bg-selected' : isHovered && 'bg-hover',
        )
      }
    >
      <div className={COLUMNS}>
        <NameCell image={image} />
        <PlatformCell image={image} />
        <SizeCell image={image} />
        <CreatedCell image={image} />
      </div>
    </GridListItem>
  );
}

function NameCell({ image }: { image: ImageSummary }) {
  const { t } = useTexts();
  if (image.error === undefined) {
    return (
      <span className="truncate" title={image.references[0] ?? image.name}>
        {image.name}
      </span>
    );
  }
  const { what, why } = errorParts(image.error, t);
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={`${what}\n${why}`}>
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
    <span className={classes(PLATFORM_COLUMN, 'min-w-0 items-center gap-1 text-quiet')}>
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
    <span className="text-right text-quiet tabular">{image.size === undefined ? '' : format.bytes(image.size)}</span>
  );
}

function CreatedCell({ image }: { image: ImageSummary }) {
  const { format } = useTexts();
  const title = image.created === undefined ? undefined : format.date(image.created);
  return (
    <span className={classes(CREATED_COLUMN, 'justify-end text-quiet tabular')} title={title}>
      <span className="truncate">{format.age(image.created)}</span>
    </span>
  );
}
