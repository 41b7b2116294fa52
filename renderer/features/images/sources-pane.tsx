import {
  ArrowUpFromLine,
  Boxes,
  Container,
  FileArchive,
  Folder,
  History,
  Layers2,
  ListX,
  LoaderCircle,
  type LucideIcon,
  RefreshCw,
  Server,
  Settings2,
  TriangleAlert,
  X,
} from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import type { SourceInfo, Transport } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { countActive, useTransfers } from '../../stores/transfers.ts';
import { showSource, showView, useView, type View } from '../../stores/view.ts';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { whyText } from '../../ui/error-text.ts';
import { removeSources } from './remove-sources.ts';

/** The left column: where images come from, and the window's other views. */
export function SourcesPane() {
  const { t } = useTexts();
  const sources = useImages((state) => state.sources);
  const total = useImages((state) => state.images.size);
  const { view, sourceId } = useView();
  return (
    <nav
      aria-label={t('panes.sources')}
      data-pane
      tabIndex={-1}
      className="flex min-h-0 flex-col border-r border-line bg-side"
    >
      <div className="flex h-12 shrink-0 items-center justify-between pr-2 pl-4">
        <h2 className="section-title">{t('sources.title')}</h2>
        <IconButton
          icon={RefreshCw}
          label={t('sources.rescan')}
          onPress={() => inBackground(request('sources.rescan'), showError)}
        />
      </div>
      <ul className="shrink-0 px-2">
        <li>
          <Entry
            icon={Layers2}
            label={t('sources.all')}
            count={total}
            isCurrent={view === 'images' && sourceId === null}
            onPress={() => showSource(null)}
          />
        </li>
      </ul>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        <SourceGroup title={t('sources.here')} sources={sources.filter(({ automatic }) => automatic)} />
        <SourceGroup
          title={t('sources.yours')}
          sources={sources.filter(({ automatic }) => !automatic)}
          onRemoveAll={removeSources}
        />
      </div>
      <Views />
    </nav>
  );
}

interface SourceGroupProps {
  title: string;
  sources: SourceInfo[];
  /** Where a person may take them all off the list. */
  onRemoveAll?: (sources: SourceInfo[]) => void;
}

function SourceGroup({ title, sources, onRemoveAll }: SourceGroupProps) {
  const { t } = useTexts();
  const current = useView(({ view, sourceId }) => (view === 'images' ? sourceId : null));
  if (sources.length === 0) return null;
  return (
    <section aria-label={title} className="pt-2">
      <div className="flex h-7 items-center justify-between pl-2">
        <h3 className="section-title">{title}</h3>
        {onRemoveAll === undefined || sources.length < 2 ? null : (
          <IconButton icon={ListX} label={t('sources.removeAll')} onPress={() => onRemoveAll(sources)} />
        )}
      </div>
      <ul className="space-y-px">
        {sources.map((source) => (
          <SourceEntry key={source.id} source={source} isCurrent={current === source.id} />
        ))}
      </ul>
    </section>
  );
}

const ICONS: Record<Transport, LucideIcon> = {
  oci: Folder,
  'image-store': Folder,
  dir: Folder,
  'oci-archive': FileArchive,
  'docker-archive': FileArchive,
  'docker-daemon': Container,
  'containers-storage': Boxes,
};

function SourceEntry({ source, isCurrent }: { source: SourceInfo; isCurrent: boolean }) {
  const texts = useTexts();
  const { t, format } = texts;
  const { progress } = source;
  const broken = source.state === 'unreachable';
  const why = source.error === undefined ? undefined : whyText(source.error, texts);
  return (
    <li className="group relative">
      <Entry
        icon={broken ? TriangleAlert : ICONS[source.transport]}
        label={source.label}
        title={broken && why !== undefined ? `${source.location}\n${why}` : source.location}
        count={broken ? undefined : source.imageCount}
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
          className="absolute top-1 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
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

function Entry({ icon: Icon, label, title, count, note, reading, isCurrent, isBusy, hasAction, onPress }: EntryProps) {
  const { t, format } = useTexts();
  return (
    <div title={title}>
      <AriaButton
        onPress={onPress}
        {...(isCurrent ? { 'aria-current': 'page' as const } : {})}
        className={classes(
          'flex min-h-8 w-full items-center gap-2 rounded-md px-2 py-1 text-left',
          isCurrent ? 'bg-selected font-medium' : 'hover:bg-hover',
        )}
      >
        <Icon aria-hidden size={15} className={classes('shrink-0', note === undefined ? 'text-quiet' : 'text-warn')} />
        <span className="min-w-0 flex-1 truncate">
          {label}
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

const VIEWS: { view: View; icon: LucideIcon }[] = [
  { view: 'transfers', icon: ArrowUpFromLine },
  { view: 'history', icon: History },
  { view: 'registries', icon: Server },
  { view: 'settings', icon: Settings2 },
];

function Views() {
  const { t } = useTexts();
  const view = useView((state) => state.view);
  const active = useTransfers(countActive);
  return (
    <ul aria-label={t('sources.views')} className="shrink-0 space-y-px border-t border-line p-2">
      {VIEWS.map((entry) => (
        <li key={entry.view}>
          <Entry
            icon={entry.icon}
            label={t(`panes.${entry.view}`)}
            count={entry.view === 'transfers' && active > 0 ? active : undefined}
            isCurrent={view === entry.view}
            onPress={() => showView(entry.view)}
          />
        </li>
      ))}
    </ul>
  );
}
