import { RefreshCw } from 'lucide-react';
import type { LookedFor } from '../../../shared/images.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { type StartCommand, startCommands } from '../../model/start-engine.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';

type Place = Pick<LookedFor, 'transport' | 'label' | 'location' | 'state' | 'error'>;

/** The commands that start what was looked for here; none where that is no engine, or where it runs. */
export function useStartCommands(place: Place | undefined): StartCommand[] {
  const platform = useSettings((state) => state.app?.platform);
  return place === undefined || platform === undefined ? [] : startCommands(place, platform);
}

/** How an engine that does not run is started, and a button for afterwards. */
export function StartHelp({ place, commands }: { place: Place; commands: readonly StartCommand[] }) {
  const { t } = useTexts();
  const isLinux = useSettings((state) => state.app?.platform === 'linux');
  return (
    <div className="space-y-2">
      {commands.map(({ when, command }) => (
        <div key={command} className="space-y-1">
          <p className="text-sm text-quiet">{t(`start.how.${when}`)}</p>
          <Command text={command} />
        </div>
      ))}
      {place.label === 'Podman' && isLinux ? <p className="text-sm text-quiet">{t('start.how.podmanStore')}</p> : null}
      <Button size="small" icon={RefreshCw} onPress={() => inBackground(request('sources.rescan'), showError)}>
        {t('start.lookAgain')}
      </Button>
    </div>
  );
}

/** A command line to copy. */
export function Command({ text }: { text: string }) {
  const { t } = useTexts();
  return (
    <div className="flex items-center gap-1 rounded-md bg-sunken py-0.5 pr-1 pl-3">
      <code className="selectable min-w-0 flex-1 py-1 font-mono text-sm wrap-anywhere">{text}</code>
      <CopyButton text={text} label={`${t('start.copyCommand')}: ${text}`} />
    </div>
  );
}
