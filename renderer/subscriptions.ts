import type { Settings } from '../shared/settings.ts';
import type { JobInfo, TransferEvent } from '../shared/transfer-events.ts';
import { inBackground, request } from './api.ts';
import { addPaths } from './features/drop/add-paths.ts';
import { lookAtStart } from './features/settings/look-for-updates.ts';
import { announcePushEvents } from './features/transfers/announcements.ts';
import { languageFor, showLanguage } from './i18n/i18n.ts';
import { useClosing } from './stores/closing.ts';
import { outdateTests } from './stores/connection-tests.ts';
import { historyChanged } from './stores/history.ts';
import { applyImages, setImages, setSources } from './stores/images.ts';
import { undismissLogin } from './stores/login.ts';
import { showError, showProblems } from './stores/messages.ts';
import { useSentDigests } from './stores/sent-digests.ts';
import { useSettings } from './stores/settings.ts';
import { askForLockedKey } from './stores/signing.ts';
import { applyPushEvents, setTransfers, useTransfers } from './stores/transfers.ts';

/** Feeds the stores from the main process: every event is listened to here and nowhere else. Returns what ends it. */
export function startSubscriptions(): () => void {
  const api = window.pushboat;
  const ends = [
    api.on('sources', setSources),
    api.on('images', applyImages),
    api.on('transfers', applyPush),
    api.on('settings', applySettings),
    api.on('logins', (logins) => useSettings.setState({ logins })),
    api.on('history', historyChanged),
    api.on('problem', (problem) => showProblems([problem])),
    api.on('open-paths', (paths) => inBackground(addPaths(paths), showError)),
    api.on('closing', ({ running }) => useClosing.setState({ running })),
    tellOfNetwork(),
  ];
  inBackground(loadAll(), showError);
  return () => {
    for (const end of ends) end();
  };
}

/** Only a page hears what the system says of its network. Returns what ends it. */
function tellOfNetwork(): () => void {
  const ended = new AbortController();
  const tell = (): void => {
    outdateTests();
    inBackground(request('transfers.networkChanged'), showError);
  };
  for (const event of ['online', 'offline']) window.addEventListener(event, tell, { signal: ended.signal });
  return () => ended.abort();
}

/** The state at start; each part is shown as soon as it is there. */
async function loadAll(): Promise<void> {
  const app = request('app.info').then((info) => {
    useSettings.setState({ app: info });
    applySettings(useSettings.getState().settings);
  });
  await Promise.all([
    app,
    request('settings.get').then((settings) => {
      applySettings(settings);
      useSentDigests.setState(settings.sentDigests);
      inBackground(lookAtStart(settings), showError);
    }),
    request('logins.list').then((logins) => useSettings.setState({ logins })),
    request('sources.list').then(setSources),
    request('images.list').then(setImages),
    request('transfers.list').then(setTransfers),
    request('app.problems').then(showProblems),
  ]);
}

function applySettings(settings: Settings): void {
  useSettings.setState({ settings });
  const root = document.documentElement;
  if (settings.theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = settings.theme;
  const locale = useSettings.getState().app?.locale ?? navigator.language;
  inBackground(showLanguage(languageFor(settings.language, locale)), showError);
}

function applyPush(events: TransferEvent[]): void {
  const before = useTransfers.getState();
  useTransfers.setState(applyPushEvents(before, events));
  announcePushEvents(before, events);
  for (const event of events) {
    if (event.type !== 'job' || event.job.registry === undefined) continue;
    askForLockedKey(before.jobs[event.job.id], event.job);
    if (isNewRefusal(before.jobs[event.job.id], event.job)) undismissLogin(event.job.registry);
  }
}

/** A job may go from one refusal to the next between two batches: then only the refused login tells them apart. */
function isNewRefusal(before: JobInfo | undefined, now: JobInfo): boolean {
  if (now.state !== 'needs-login') return false;
  return before?.state !== 'needs-login' || JSON.stringify(before.login) !== JSON.stringify(now.login);
}
