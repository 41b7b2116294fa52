import { Boxes, Container, FileArchive, Folder, LoaderCircle, type LucideIcon, TriangleAlert, X } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import type { SourceInfo, Transport } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showSource } from '../../stores/view.ts';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { whyText } from '../../ui/error-text.ts';
import { NameText } from '../../ui/middle-text.tsx';
import { removeSources } from './remove-sources.ts';

export const SOURCE_ICONS: Record<Transport, LucideIcon> = {
  oci: Folder,
  'image-store': Folder,
  dir: Folder,
  'oci-archive': FileArchive,
  'docker-archive': FileArchive,
  'docker-daemon': Container,
  'containers-storage': Boxes,
};

export function isArchive({ transport }: Pick<SourceInfo, 'transport'>): boolean {
  return transport === 'docker-archive' || transport === 'oci-archive';
}

/** One source: its images are listed alone when it is pressed. */
export function SourceEntry({ source, isCurrent }: { source: SourceInfo; isCurrent: boolean }) {
  const texts = useTexts();
  const { t, format } = texts;
  const { progress } = source;
  const broken = source.state === 'unreachable';
  const why = source.error === undefined ? undefined : whyText(source.error, texts);
  // Nearly every archive holds one image: its name needs the room.
  const isPlain = broken || (isArchive(source) && source.imageCount === 1);
  return (
    <li className="group relative">
      <Entry
        icon={broken ? TriangleAlert : SOURCE_ICONS[source.transport]}
        label={source.automatic ? texts.said(source.label) : source.label}
        title={broken && why !== undefined ? `${source.location}\n${why}` : source.location}
        count={isPlain ? undefined : source.imageCount}
        note={broken ? t('sources.unreachable') : undefined}
        reading={progress === undefined ? undefined : t('sources.reading', { percent: format.percent(progress) })}
        isCurrent={isCurrent}
        isBusy={source.state === 'scanning'}
        hasAction={!source.automatic}
        onPress={() => showSource(source.id)}
      />
      {source.automatic ? null : (
        <IconButton
          icon={X}
          label={t('sources.remove', { name: source.label })}
          onPress={() => removeSources([source])}
          className="absolute top-0.5 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
        />
      )}
    </li>
  );
}

interface EntryProps {
  icon: LucideIcon;
  label: string;
  title?: string;
  count?: number | undefined;
  note?: string | undefined;
  /** How far something that takes long has come. */
  reading?: string | undefined;
  isCurrent: boolean;
  isBusy?: boolean;
  /** A button appears over the count. */
  hasAction?: boolean;
  onPress: () => void;
}

/** A line of the left column that shows something else in the middle. */
export function Entry({
  icon: Icon,
  label,
  title,
  count,
  note,
  reading,
  isCurrent,
  isBusy,
  hasAction,
  onPress,
}: EntryProps) {
  const { t, format } = useTexts();
  return (
    <div title={title}>
      <AriaButton
        onPress={onPress}
        {...(isCurrent ? { 'aria-current': 'page' as const } : {})}
        className={classes(
          'flex min-h-7 w-full items-center gap-2 rounded-md px-2 py-1 text-left',
          isCurrent ? 'bg-selected font-medium' : 'hover:bg-hover',
        )}
      >
        <Icon aria-hidden size={15} className={classes('shrink-0', note === undefined ? 'text-quiet' : 'text-warn')} />
        <span className="min-w-0 flex-1">
          <NameText text={label} />
          {note === undefined ? null : <span className="block text-xs font-normal text-warn">{note}</span>}
          {reading === undefined ? null : (
            <span className="block text-xs font-normal text-quiet tabular">{reading}</span>
          )}
        </span>
        {isBusy ? (
          <>
            <LoaderCircle aria-hidden size={13} className="shrink-0 animate-spin text-quiet" />
            <span className="sr-only">{t('sources.scanning')}</span>
          </>
        ) : null}
        {count === undefined ? null : (
          <span
            className={classes(
              'shrink-0 text-sm font-normal text-quiet tabular',
              hasAction && 'group-focus-within:invisible group-hover:invisible',
            )}
          >
            {format.count(count)}
          </span>
        )}
      </AriaButton>
    </div>
  );
}
