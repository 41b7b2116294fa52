import { toPushboatError } from '../../../shared/errors.ts';
import type { EventPayloads, IpcReply, PushboatApi, RequestInput, RequestOutputs } from '../../../shared/ipc.ts';
import type { EventChannel, RequestChannel } from '../../../shared/ipc-channels.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../shared/settings.ts';

type Handlers = { [C in RequestChannel]: (input: RequestInput<C>) => RequestOutputs[C] | Promise<RequestOutputs[C]> };
type Listeners = { [E in EventChannel]: Set<(payload: EventPayloads[E]) => void> };

export interface FakeApi extends PushboatApi {
  /** Every request that was made, in order. */
  readonly calls: { channel: RequestChannel; input: unknown }[];
  /** Sends an event as the main process would. */
  emit<E extends EventChannel>(event: E, payload: EventPayloads[E]): void;
  /** Replaces answers. */
  answer(handlers: Partial<Handlers>): void;
}

const nothing = () => undefined;

const PRACTICE = {
  registry: 'localhost:41000',
  username: 'practice',
  password: 'practice',
  imageId: 'hello',
  sourceId: 'oci:/tmp/hello',
};

/** Of somebody who has been asked about new versions: the question would stand in every picture. */
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, lookForUpdates: 'no' };

function defaultHandlers(): Handlers {
  return {
    'app.info': () => ({
      version: '0.1.0',
      platform: 'linux',
      locale: 'en-GB',
      electron: '45.5.0',
      dataFolder: '/home/ana/.local/share/pushboat',
    }),
    'app.problems': () => [],
    'app.copy': nothing,
    'app.diagnostics': () => 'Pushboat 0.1.0\n',
    'app.showData': nothing,
    'app.chooseFile': () => null,
    'app.openExternal': nothing,
    'app.newerRelease': () => null,
    'app.closingShown': nothing,
    'app.close': nothing,
    'sources.list': () => [],
    'sources.lookedFor': () => [],
    'sources.add': () => [],
    'sources.remove': nothing,
    'sources.rescan': nothing,
    'sources.choose': () => [],
    'images.list': () => [],
    'images.details': () => {
      throw new Error('no details in this test');
    },
    'images.show': nothing,
    'images.companions': (ids) => ids.map(() => ({ signature: 0, sbom: 0, attestation: 0, other: 0 })),
    'registries.info': (registry) => ({ registry, apiHost: registry, login: null, plainHttp: 'no', verify: true }),
    'registries.repositories': () => ({ names: [], hasMore: false }),
    'registries.tags': () => ({ names: [], hasMore: false }),
    'registries.tag': () => null,
    'registries.created': () => null,
    'registries.access': (registry) => ({
      registry,
      apiHost: registry,
      blocked: null,
      proxy: { kind: 'direct', origin: { kind: 'default' } },
      tls: { kind: 'verified', mayFallBack: false, origin: { kind: 'default' } },
      caFiles: [],
      clientCertificate: null,
      login: null,
      problems: [],
    }),
    'registries.test': () => [],
    'registries.remove': nothing,
    'registries.setPolicy': nothing,
    'logins.list': () => [],
    'logins.rememberOptions': () => ({ available: ['vault', 'session'] }),
    'logins.login': ({ registry, username }) => ({ registry, username, origin: { kind: 'session' } }),
    'history.list': () => [],
    'history.again': () => 'job-again',
    'history.verify': () => ({ manifests: 1, blobs: 2, size: 1_000_000, tag: 'same' }),
    'history.clear': nothing,
    'logins.useHelper': ({ registry }) => ({ registry, username: 'helped', origin: { kind: 'session' } }),
    'logins.logout': nothing,
    'push.start': ({ targets }) => targets.map((_target, index) => `job-${index}`),
    'push.startMany': ({ pushes }) => ({ jobIds: pushes.map((_push, index) => `job-${index}`), failures: [] }),
    'push.preview': () => {
      throw new Error('no preview in this test');
    },
    'signing.keys': () => [],
    'signing.unlock': nothing,
    'transfers.list': () => [],
    'transfers.pause': nothing,
    'transfers.resume': nothing,
    'transfers.tryNow': nothing,
    'transfers.networkChanged': nothing,
    'transfers.cancel': nothing,
    'transfers.forget': nothing,
    'exports.choosePlace': ({ name }) => `/home/ana/${name}`,
    'exports.check': nothing,
    'exports.start': () => 'export-1',
    'exports.show': nothing,
    'receipts.save': ({ format }) => `/home/ana/receipt.${format}`,
    'practice.start': () => PRACTICE,
    'practice.end': nothing,
    'settings.get': () => SETTINGS,
    'settings.update': (patch) => ({ ...SETTINGS, ...patch }) as typeof SETTINGS,
  };
}

/** A main process for component tests and for looking at the window: answers from a script, keeps what was asked. */
export function createFakeApi(handlers: Partial<Handlers> = {}): FakeApi {
  const answers: Handlers = { ...defaultHandlers(), ...handlers };
  const listeners: Listeners = {
    sources: new Set(),
    images: new Set(),
    transfers: new Set(),
    settings: new Set(),
    history: new Set(),
    logins: new Set(),
    problem: new Set(),
    'open-paths': new Set(),
    closing: new Set(),
  };
  const calls: FakeApi['calls'] = [];
  return {
    calls,
    async request<C extends RequestChannel>(channel: C, input: RequestInput<C>): Promise<IpcReply<RequestOutputs[C]>> {
      calls.push({ channel, input });
      try {
        return { ok: true, value: await answers[channel](input) };
      } catch (thrown) {
        return { ok: false, error: toPushboatError(thrown).toData() };
      }
    },
    on(event, listener) {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
    pathsOf: (files) => Promise.resolve(files.map(({ name }) => `/dropped/${name}`)),
    emit(event, payload) {
      for (const listener of listeners[event]) listener(payload);
    },
    answer(more) {
      Object.assign(answers, more);
    },
  };
}
