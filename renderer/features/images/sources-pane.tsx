import { ArrowUpFromLine, History, Layers2, ListX, type LucideIcon, RefreshCw, Server, Settings2 } from 'lucide-react';
import { useMemo } from 'react';
import type { SourceInfo } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { countActive, useTransfers } from '../../stores/transfers.ts';
import { showSource, showView, useView, type View } from '../../stores/view.ts';
import { IconButton } from '../../ui/button.tsx';
import { collapseRows } from '../../ui/collapse-rows.ts';
import { UpdateNotice } from '../settings/update-notice.tsx';
import { OverallLine } from '../transfers/overall-line.tsx';
import { DropGroup } from './drop-group.tsx';
import { PaneEdge } from './pane-edge.tsx';
import { removeSources } from './remove-sources.ts';
import { Entry, SourceEntry } from './source-entry.tsx';

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
      className="relative flex min-h-0 flex-col border-r border-line bg-side [@media(height<480px)]:overflow-x-hidden [@media(height<480px)]:overflow-y-auto"
    >
      <PaneEdge pane="sources" />
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
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pb-2 [@media(height<480px)]:flex-none">
        <SourceGroup title={t('sources.here')} sources={sources.filter(({ automatic }) => automatic)} />
        <SourceGroup
          title={t('sources.yours')}
          sources={sources.filter(({ automatic }) => !automatic)}
          onRemoveAll={removeSources}
        />
      </div>
      <UpdateNotice />
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
  const addedTogether = useSettings((state) => state.settings.addedTogether);
  const groups = useMemo(() => together(sources, addedTogether), [sources, addedTogether]);
  if (sources.length === 0) return null;
  return (
    <section aria-label={title} className="pt-2">
      <div className="flex h-7 items-center justify-between pl-2">
        <h3 className="section-title">{title}</h3>
        {onRemoveAll === undefined || sources.length < 2 ? null : (
          <IconButton icon={ListX} label={t('sources.removeAll')} onPress={() => onRemoveAll(sources)} />
        )}
      </div>
      <ul ref={collapseRows} className="space-y-px">
        {groups.map(([first, ...others]) =>
          others.length === 0 ? (
            <SourceEntry key={first.id} source={first} isCurrent={current === first.id} />
          ) : (
            <DropGroup key={first.id} sources={[first, ...others]} current={current} />
          ),
        )}
      </ul>
    </section>
  );
}

/** Sources that one drop or one dialog has brought are together, where the first of them is; each other one is alone. */
function together(
  sources: readonly SourceInfo[],
  addedTogether: readonly (readonly string[])[],
): [SourceInfo, ...SourceInfo[]][] {
  const gestures = new Map(addedTogether.flatMap((paths, index) => paths.map((path) => [path, index] as const)));
  const groups = new Map<string | number, [SourceInfo, ...SourceInfo[]]>();
  for (const source of sources) {
    const key = source.automatic ? source.id : (gestures.get(source.location) ?? source.id);
    const known = groups.get(key);
    if (known) known.push(source);
    else groups.set(key, [source]);
  }
  return [...groups.values()];
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
        <li key={entry.view} className="relative">
          <Entry
            icon={entry.icon}
            label={t(`panes.${entry.view}`)}
            count={entry.view === 'transfers' && active > 0 ? active : undefined}
            isCurrent={view === entry.view}
            onPress={() => showView(entry.view)}
          />
          {entry.view === 'transfers' ? <OverallLine className="inset-x-2 bottom-0" /> : null}
        </li>
      ))}
    </ul>
  );
}
