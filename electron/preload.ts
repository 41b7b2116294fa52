import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { EventPayloads, PushboatApi } from '../shared/ipc.ts';
import { type EventChannel, eventName, isEventChannel, isRequestChannel } from '../shared/ipc-channels.ts';

type Listener<E extends EventChannel> = (payload: EventPayloads[E]) => void;

/** Paths that came before the page listened: they are events of the past that no request can ask for again. */
let earlyPaths: string[] = [];

const api: PushboatApi = {
  request(channel, input) {
    if (!isRequestChannel(channel)) throw new TypeError('Not a request of the contract');
    return ipcRenderer.invoke(channel, input);
  },
  on<E extends EventChannel>(event: E, listener: Listener<E>) {
    if (!isEventChannel(event)) throw new TypeError('Not an event of the contract');
    // The page gets the payload only: Electron's event object would hand it the sender.
    const receive = (_event: unknown, payload: EventPayloads[E]): void => {
      listener(payload);
      // The main process asks by itself when no page takes this question.
      if (event === 'closing') void ipcRenderer.invoke('app.closingShown', undefined);
    };
    ipcRenderer.on(eventName(event), receive);
    if (event === 'open-paths' && earlyPaths.length > 0) {
      listener(earlyPaths as EventPayloads[E]);
      earlyPaths = [];
    }
    return () => {
      ipcRenderer.off(eventName(event), receive);
    };
  },
  // Electron answers at once, other hosts after asking the browser: both are awaited.
  pathsOf: (files) => Promise.all(files.map((file) => webUtils.getPathForFile(file))),
};

ipcRenderer.on(eventName('open-paths'), (_event, paths: string[]) => {
  if (ipcRenderer.listenerCount(eventName('open-paths')) === 1) earlyPaths.push(...paths);
});

contextBridge.exposeInMainWorld('pushboat', api);
