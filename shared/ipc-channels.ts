import type { EventChannel, RequestChannel } from './ipc.ts';

/**
 * The names of the contract alone, for the preload: it runs in every page load and must not carry the schemas' library.
 * The types make both tables complete.
 */
const REQUESTS: Record<RequestChannel, true> = {
  'app.info': true,
  'app.problems': true,
  'app.copy': true,
  'app.openExternal': true,
  'app.closingShown': true,
  'app.close': true,
  'sources.list': true,
  'sources.add': true,
  'sources.remove': true,
  'sources.rescan': true,
  'sources.choose': true,
  'images.list': true,
  'images.details': true,
  'registries.info': true,
  'registries.chooseCaFile': true,
  'registries.setPolicy': true,
  'logins.list': true,
  'logins.rememberOptions': true,
  'logins.login': true,
  'logins.logout': true,
  'push.start': true,
  'push.preview': true,
  'transfers.list': true,
  'transfers.pause': true,
  'transfers.resume': true,
  'transfers.cancel': true,
  'transfers.forget': true,
  'exports.choosePlace': true,
  'exports.check': true,
  'exports.start': true,
  'exports.show': true,
  'settings.get': true,
  'settings.update': true,
};

const EVENTS: Record<EventChannel, true> = {
  sources: true,
  images: true,
  transfers: true,
  settings: true,
  logins: true,
  problem: true,
  'open-paths': true,
  closing: true,
};

export function isRequestChannel(name: string): name is RequestChannel {
  return Object.hasOwn(REQUESTS, name);
}

export function isEventChannel(name: string): name is EventChannel {
  return Object.hasOwn(EVENTS, name);
}

/** What an event is called in the IPC, apart from the requests. */
export function eventName(event: EventChannel): string {
  return `event:${event}`;
}
