import { PackageOpen, Search } from 'lucide-react';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { useView } from '../../stores/view.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { FirstStart } from './first-start.tsx';
import { StartHelp, useStartCommands } from './start-help.tsx';

/** In place of the list: nothing matches, the source cannot be read, scanning, or how to get images here. */
export function NoImages({ search }: { search: string }) {
  const { t } = useTexts();
  const sourceId = useView((state) => state.sourceId);
  const sources = useImages((state) => state.sources);
  const loaded = useImages((state) => state.loaded);
  const source = sources.find(({ id }) => id === sourceId);
  const commands = useStartCommands(source);
  if (search !== '') return <EmptyState icon={Search} title={t('images.noMatch', { search })} />;
  if (source?.error !== undefined) {
    return (
      <div className="max-w-[820px] space-y-4 p-4">
        <ErrorPanel error={source.error} about={source.location} />
        {commands.length === 0 ? null : (
          <section aria-label={t('start.howStart')} className="space-y-2 px-3">
            <h2 className="font-semibold">{t('start.howStart')}</h2>
            <StartHelp place={source} commands={commands} />
          </section>
        )}
      </div>
    );
  }
  const scanning =
    source === undefined ? sources.some(({ state }) => state === 'scanning') : source.state === 'scanning';
  if (scanning || !loaded) return <EmptyState icon={PackageOpen} title={t('images.scanning')} />;
  return <FirstStart />;
}
