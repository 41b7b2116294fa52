/**
 * The names of the contract alone, for the preload: it runs in every page load and must not carry the schemas' library.
 * What belongs to each name is in ipc.ts, whose types are keyed by these lists.
 */
export const REQUEST_CHANNELS = [
  'app.info',
  'app.problems',
  'app.copy',
  'app.diagnostics',
  'app.showData',
  'app.chooseFile',
  'app.openExternal',
  'app.newerRelease',
  'app.closingShown',
  'app.close',
  'sources.list',
  'sources.lookedFor',
  'sources.add',
  'sources.remove',
  'sources.rescan',
  'sources.choose',
  'images.list',
  'images.details',
  'images.show',
  'images.companions',
  'registries.info',
  'registries.repositories',
  'registries.tags',
  'registries.tag',
  'registries.created',
  'registries.access',
  'registries.test',
  'registries.remove',
  'registries.setPolicy',
  'logins.list',
  'logins.rememberOptions',
  'logins.login',
  'logins.useHelper',
  'logins.logout',
  'push.start',
  'push.startMany',
  'push.preview',
  'signing.keys',
  'signing.unlock',
  'transfers.list',
  'transfers.pause',
  'transfers.resume',
  'transfers.tryNow',
  'transfers.networkChanged',
  'transfers.cancel',
  'transfers.forget',
  'exports.choosePlace',
  'exports.check',
  'exports.start',
  'exports.show',
  'history.list',
  'history.again',
  'history.verify',
  'history.clear',
  'receipts.save',
  'practice.start',
  'practice.end',
  'settings.get',
  'settings.update',
] as const;
export type RequestChannel = (typeof REQUEST_CHANNELS)[number];

/** Events from the main process to the window. */
const EVENT_CHANNELS = [
  'sources',
  'images',
  'transfers',
  'settings',
  'history',
  'logins',
  'problem',
  'open-paths',
  'closing',
] as const;
export type EventChannel = (typeof EVENT_CHANNELS)[number];

export function isRequestChannel(name: string): name is RequestChannel {
  return (REQUEST_CHANNELS as readonly string[]).includes(name);
}

export function isEventChannel(name: string): name is EventChannel {
  return (EVENT_CHANNELS as readonly string[]).includes(name);
}

/** What an event is called in the IPC, apart from the requests. */
export function eventName(event: EventChannel): string {
  return `event:${event}`;
}
