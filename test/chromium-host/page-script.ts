import { HOST_ORIGIN } from './origin.ts';

/** Names of the bindings that connect page and host; the page script takes them off `window` before the page's own code runs. */
export const BINDINGS = { invoke: '__hostInvoke', pathOf: '__hostPathOf', state: '__hostState' } as const;

/** Where the host finds the page's side: events come in through it, and files that are asked for lie in it. */
export const PAGE_SIDE = '__hostPage';

/**
 * Runs in the page before anything of the page does: a `require('electron')` for the preload bundle, then the bundle itself.
 * With `asksBeforeLeaving` the browser asks the host before its window closes, once the person has used the page.
 * There is no isolated world here as in Electron; `window.pushboat` is frozen so that it cannot at least be replaced.
 */
export function pageScript(preload: string, asksBeforeLeaving: boolean): string {
  return `(() => {
  if (window !== window.top || location.origin !== ${JSON.stringify(HOST_ORIGIN)}) return;
  ${asksBeforeLeaving ? `window.addEventListener('beforeunload', (event) => event.preventDefault());` : ''}
  (${installHost.toString()})(${JSON.stringify(BINDINGS)}, ${JSON.stringify(PAGE_SIDE)}, (require, module, exports) => {
${preload}
  });
})();`;
}

type Listener = (event: object, ...payload: unknown[]) => void;
type Require = (name: string) => unknown;

/** Serialised into the page: must not use anything from outside. */
function installHost(
  names: typeof BINDINGS,
  pageSide: string,
  preload: (require: Require, module: { exports: object }, exports: object) => void,
): void {
  const take = (name: string): ((...input: unknown[]) => Promise<unknown>) => {
    const page = window as unknown as Record<string, (...input: unknown[]) => Promise<unknown>>;
    const binding = page[name];
    if (binding === undefined) throw new Error(`The host did not provide ${name}`);
    delete page[name];
    return binding;
  };
  const invoke = take(names.invoke);
  const pathOf = take(names.pathOf);
  const state = take(names.state);
  const listeners = new Map<string, Set<Listener>>();
  const files = new Map<number, File>();
  let lastFile = 0;

  const ipcRenderer = {
    async invoke(...input: unknown[]) {
      const reply = await invoke(...input);
      return typeof reply === 'string' ? JSON.parse(reply) : undefined;
    },
    on(channel: string, listener: Listener) {
      const set = listeners.get(channel) ?? new Set();
      listeners.set(channel, set.add(listener));
    },
    off(channel: string, listener: Listener) {
      listeners.get(channel)?.delete(listener);
    },
    listenerCount: (channel: string) => listeners.get(channel)?.size ?? 0,
  };
  const deepFreeze = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
    return Object.freeze(value);
  };
  const electron = {
    ipcRenderer,
    contextBridge: {
      exposeInMainWorld(name: string, api: unknown) {
        Object.defineProperty(window, name, { value: deepFreeze(api), enumerable: true });
      },
    },
    webUtils: {
      async getPathForFile(file: File) {
        const id = ++lastFile;
        files.set(id, file);
        try {
          return await pathOf(id);
        } finally {
          files.delete(id);
        }
      },
    },
  };
  Object.defineProperty(window, pageSide, {
    value: Object.freeze({
      emit(channel: string, payload: string) {
        for (const listener of new Set(listeners.get(channel))) listener({}, ...JSON.parse(payload));
      },
      file: (id: number) => files.get(id),
    }),
  });

  const report = (): void => {
    const { screenX: x, screenY: y, outerWidth: width, outerHeight: height } = window;
    void state({ x, y, width, height, focused: document.hasFocus() });
  };
  for (const event of ['resize', 'focus', 'blur', 'load']) window.addEventListener(event, report);

  const module = { exports: {} };
  preload(
    (name) => {
      if (name !== 'electron' && name !== 'electron/renderer')
        throw new Error(`A sandboxed preload cannot load ${name}`);
      return electron;
    },
    module,
    module.exports,
  );
}
