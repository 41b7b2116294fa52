import { FileArchive, FolderPlus, PackageOpen, Search } from 'lucide-react';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { showView, useView } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { chooseAndAdd } from '../drop/add-paths.ts';

/** In place of the list: nothing matches, the source cannot be read, scanning, or how to get images here. */
export function NoImages({ search }: { search: string }) {
  const { t } = useTexts();
  const sourceId = useView((state) => state.sourceId);
  const sources = useImages((state) => state.sources);
  const loaded = useImages((state) => state.loaded);
  const source = sources.find(({ id }) => id === sourceId);
  if (search !== '') return <EmptyState icon={Search} title={t('images.noMatch', { search })} />;
  if (source?.error !== undefined) {
    return (
      <div className="p-4">
        <ErrorPanel error={source.error} about={source.location} />
      </div>
    );
  }
  const scanning =
    source === undefined ? sources.some(({ state }) => state === 'scanning') : source.state === 'scanning';
  if (scanning || !loaded) return <EmptyState icon={PackageOpen} title={t('images.scanning')} />;
  return <HowToAdd />;
}

function HowToAdd() {
  const { t } = useTexts();
  const storeDir = useSettings((state) => state.settings.imagesStoreDir);
  return (
    <EmptyState icon={PackageOpen} title={t('images.emptyTitle')}>
      <p>{t('images.emptyBody')}</p>
      <p>{t('images.emptyDrop')}</p>
      <div className="my-2 flex flex-wrap justify-center gap-2">
        <Button look="primary" icon={FolderPlus} onPress={() => inBackground(chooseAndAdd('folders'), showError)}>
          {t('common.add')}
        </Button>
        <Button icon={FileArchive} onPress={() => inBackground(chooseAndAdd('archives'), showError)}>
          {t('common.addArchive')}
        </Button>
      </div>
      <p className="text-sm">{t('images.emptyMake')}</p>
      <p className="text-sm">
        {t('images.emptyStore')} <code className="selectable font-mono break-all text-text">{storeDir}</code>
      </p>
      <Button look="quiet" size="small" onPress={() => showView('settings')}>
        {t('images.emptyStoreChange')}
      </Button>
    </EmptyState>
  );
}
