import { ChevronRight, Layers, X } from 'lucide-react';
import { useId, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { SourceInfo } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { IconButton } from '../../ui/button.tsx';
import { collapseRows } from '../../ui/collapse-rows.ts';
import { Fold } from '../../ui/fold.tsx';
import { removeSources } from './remove-sources.ts';
import { isArchive, SourceEntry } from './source-entry.tsx';

/** How many of a drop are in sight without being asked for. */
const IN_SIGHT = 3;

/** The sources that one drop has brought: folded to a few, and removed together. */
export function DropGroup({ sources, current }: { sources: SourceInfo[]; current: string | null }) {
  const { t, format } = useTexts();
  const [shows, setShows] = useState<'none' | 'some' | 'all'>('some');
  const panelId = useId();
  const count = sources.length;
  const isArchives = sources.every(isArchive);
  const name = t(isArchives ? 'sources.archives' : 'sources.several', { count, formatted: format.count(count) });
  const images = sources.reduce((sum, { imageCount }) => sum + imageCount, 0);
  const isOpen = shows !== 'none';
  // The one whose images are listed is always in sight.
  const inSight = sources.filter(({ id }, index) => shows === 'all' || index < IN_SIGHT || id === current);
  const more = count - inSight.length;
  return (
    <li className="group/drop relative">
      <AriaButton
        onPress={() => setShows(isOpen ? 'none' : 'some')}
        aria-expanded={isOpen}
        {...(isOpen ? { 'aria-controls': panelId } : {})}
        className="flex min-h-7 w-full items-center gap-1.5 rounded-md px-1 py-1 text-left hover:bg-hover"
      >
        <ChevronRight
          aria-hidden
          size={13}
          className={isOpen ? 'shrink-0 rotate-90 text-quiet' : 'shrink-0 text-quiet'}
        />
        <Layers aria-hidden size={15} className="shrink-0 text-quiet" />
        <span className="min-w-0 flex-1 truncate">{name}</span>
        <span className="shrink-0 pr-1 text-sm text-quiet tabular group-focus-within/drop:invisible group-hover/drop:invisible">
          {format.count(images)}
        </span>
      </AriaButton>
      <IconButton
        icon={X}
        label={t('sources.removeTogether', { name })}
        onPress={() => removeSources(sources)}
        className="absolute top-0.5 right-1 opacity-0 group-focus-within/drop:opacity-100 group-hover/drop:opacity-100"
      />
      <Fold isOpen={isOpen} id={panelId}>
        <ul ref={collapseRows} aria-label={name} className="space-y-px pl-2 min-[1100px]:pl-4">
          {inSight.map((source) => (
            <SourceEntry key={source.id} source={source} isCurrent={current === source.id} />
          ))}
          {more > 0 ? (
            <li>
              <AriaButton
                onPress={() => setShows('all')}
                className="min-h-7 w-full rounded-md px-2 text-left text-sm text-quiet hover:bg-hover hover:text-text"
              >
                {t('sources.more', { count: more, formatted: format.count(more) })}
              </AriaButton>
            </li>
          ) : null}
        </ul>
      </Fold>
    </li>
  );
}
