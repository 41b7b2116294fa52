import { ExternalLink, RefreshCw } from 'lucide-react';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { look, openPage, useUpdates } from './look-for-updates.ts';

/** Whether the start of the window looks for a newer version, and a look now. */
export function Updates() {
  const { t } = useTexts();
  const wanted = useSettings(({ settings }) => settings.lookForUpdates === 'yes');
  const found = useUpdates((state) => state.found);
  const release = typeof found === 'string' ? null : found;
  const save = (isWanted: boolean): void =>
    inBackground(request('settings.update', { lookForUpdates: isWanted ? 'yes' : 'no' }), showError);
  return (
    <>
      <div>
        <Checkbox isSelected={wanted} onChange={save}>
          {t('updates.atStart')}
        </Checkbox>
        <p className="mt-1 text-sm text-quiet">{t('updates.help')}</p>
      </div>
      <div className="flex flex-wrap items-center gap-2" aria-live="polite">
        <Button icon={RefreshCw} onPress={() => (found === 'looking' ? undefined : inBackground(look(), showError))}>
          {t('updates.look')}
        </Button>
        {found === 'none' && <span className="text-quiet">{t('updates.none')}</span>}
        {release && <span>{t('updates.newer', { version: release.version })}</span>}
        {release && (
          <Button icon={ExternalLink} onPress={() => openPage(release)}>
            {t('updates.open')}
          </Button>
        )}
      </div>
    </>
  );
}
