import { FileArchive, FolderPlus, GraduationCap, PackageOpen, Search } from 'lucide-react';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { showView, useView } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { chooseAndAdd } from '../drop/add-paths.ts';
import { startPractice } from './practice-strip.tsx';

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

/** Makes a layout of an image that Docker has. */
const MAKE_ONE = 'skopeo copy docker-daemon:app:1.2 oci:app:1.2';

function HowToAdd() {
  const { t } = useTexts();
  const storeDir = useSettings((state) => state.settings.imagesStoreDir);
  return (
    <EmptyState icon={PackageOpen} title={t('start.title')}>
      <p>{t('start.body')}</p>
      <div className="my-1 flex w-full items-center gap-3 rounded-lg border border-line bg-sunken p-3 text-left">
        <p className="min-w-0 flex-1">{t('start.practice')}</p>
        <Button look="primary" icon={GraduationCap} onPress={() => inBackground(startPractice(), showError)}>
          {t('start.try')}
        </Button>
      </div>
      <p>{t('images.emptyBody')}</p>
      <p>{t('images.emptyDrop')}</p>
      <div className="my-2 flex flex-wrap justify-center gap-2">
        <Button icon={FolderPlus} onPress={() => inBackground(chooseAndAdd('folders'), showError)}>
          {t('common.add')}
        </Button>
        <Button icon={FileArchive} onPress={() => inBackground(chooseAndAdd('archives'), showError)}>
          {t('common.addArchive')}
        </Button>
      </div>
      <p className="text-sm">{t('images.emptyMake')}</p>
      <div className="flex max-w-full items-center gap-1 rounded-md bg-sunken py-0.5 pr-1 pl-2">
        <code className="selectable min-w-0 flex-1 text-left font-mono text-sm text-text">{MAKE_ONE}</code>
        <CopyButton text={MAKE_ONE} label={t('start.copyCommand')} />
      </div>
      <p className="text-sm">
        {t('images.emptyStore')} <code className="selectable block font-mono break-all text-text">{storeDir}</code>
      </p>
      <Button look="quiet" size="small" className="text-accent underline" onPress={() => showView('settings')}>
        {t('images.emptyStoreChange')}
      </Button>
    </EmptyState>
  );
}
