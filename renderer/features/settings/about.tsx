import { ClipboardCopy, FolderOpen, Keyboard } from 'lucide-react';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError, showInfo } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { showKeys } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';

/** Version, licence, where the application keeps its files, and what a report of a bug needs. */
export function About() {
  const { t } = useTexts();
  const app = useSettings((state) => state.app);
  if (app === null) return null;
  const copyDiagnostics = async (): Promise<void> => {
    await request('app.copy', await request('app.diagnostics'));
    showInfo(t('settings.diagnosticsCopied'));
  };
  return (
    <>
      <dl className="selectable grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <dt className="text-quiet">{t('settings.version')}</dt>
        <dd>{app.electron === '' ? app.version : t('settings.versionOn', { ...app })}</dd>
        <dt className="text-quiet">{t('settings.licence')}</dt>
        <dd>{t('settings.licenceText')}</dd>
        <dt className="text-quiet">{t('settings.dataFolder')}</dt>
        <dd className="font-mono text-sm break-all">{app.dataFolder}</dd>
      </dl>
      <div className="flex flex-wrap gap-2">
        <Button icon={ClipboardCopy} onPress={() => inBackground(copyDiagnostics(), showError)}>
          {t('settings.copyDiagnostics')}
        </Button>
        <Button icon={FolderOpen} onPress={() => inBackground(request('app.showData'), showError)}>
          {t('settings.showData')}
        </Button>
        <Button icon={Keyboard} onPress={() => showKeys(true)}>
          {t('keys.title')}
        </Button>
      </div>
      <p className="text-sm text-quiet">{t('settings.diagnosticsHelp')}</p>
    </>
  );
}
