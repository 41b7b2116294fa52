import { I18nProvider } from 'react-aria-components';
import { assertNever } from '../shared/errors.ts';
import { CompanionDialog } from './features/companions/companion-dialog.tsx';
import { DropOverlay } from './features/drop/drop-overlay.tsx';
import { HistoryView } from './features/history/history-view.tsx';
import { DetailPane } from './features/images/detail-pane.tsx';
import { ImageList } from './features/images/image-list.tsx';
import { SourcesPane } from './features/images/sources-pane.tsx';
import { LoginDialogs } from './features/login/login-dialogs.tsx';
import { RegistriesView } from './features/registries/registries-view.tsx';
import { SettingsView } from './features/settings/settings-view.tsx';
import { ClosingDialog } from './features/shell/closing-dialog.tsx';
import { KeysDialog } from './features/shell/keys-dialog.tsx';
import { useFocusInSight } from './features/shell/use-focus-in-sight.ts';
import { useShortcuts } from './features/shell/use-shortcuts.ts';
import { useTitle } from './features/shell/use-title.ts';
import { PassphraseDialogs } from './features/signing/passphrase-dialogs.tsx';
import { TransfersDock, TransfersView } from './features/transfers/transfers-view.tsx';
import { TrustDialogs } from './features/trust/trust-dialogs.tsx';
import { useTexts } from './i18n/use-texts.ts';
import { usePaneWidth } from './stores/panes.ts';
import { useView } from './stores/view.ts';
import { LiveRegion } from './ui/live-region.tsx';
import { Messages } from './ui/messages.tsx';

/** The whole window: sources, the current view, and everything that can lie over them. */
export function App() {
  const { t, language } = useTexts();
  useShortcuts();
  useTitle();
  useFocusInSight();
  const sources = usePaneWidth('sources');
  return (
    <I18nProvider locale={language}>
      <div
        className="grid h-full grid-cols-[11rem_minmax(0,1fr)] min-[860px]:grid-cols-[12.5rem_minmax(0,1fr)] min-[1100px]:grid-cols-[16rem_minmax(0,1fr)] min-[1600px]:grid-cols-[20rem_minmax(0,1fr)]"
        style={sources === undefined ? {} : { gridTemplateColumns: `min(${sources}px, 30vw) minmax(0, 1fr)` }}
      >
        <SourcesPane />
        <div className="flex min-h-0 min-w-0 flex-col">
          <main aria-label={t('app.name')} className="relative flex min-h-0 min-w-0 flex-1">
            <CurrentView />
          </main>
          <Messages />
        </div>
      </div>
      <TrustDialogs />
      <LoginDialogs />
      <PassphraseDialogs />
      <CompanionDialog />
      <ClosingDialog />
      <KeysDialog />
      <DropOverlay />
      <LiveRegion />
    </I18nProvider>
  );
}

function CurrentView() {
  const { t } = useTexts();
  const view = useView((state) => state.view);
  switch (view) {
    case 'images':
      return (
        <>
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <h1 className="sr-only">{t('images.title')}</h1>
            <ImageList />
            <TransfersDock />
          </div>
          <DetailPane />
        </>
      );
    case 'transfers':
      return <TransfersView />;
    case 'history':
      return <HistoryView />;
    case 'registries':
      return <RegistriesView />;
    case 'settings':
      return <SettingsView />;
    default:
      return assertNever(view);
  }
}
