export interface HostInvokeEvent {
  senderFrame: { url: string; parent: unknown } | null;
}

type Handler = (event: HostInvokeEvent, ...input: unknown[]) => unknown;

const handlers = new Map<string, Handler>();

export const ipcMain = {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  },
  removeHandler(channel: string): void {
    handlers.delete(channel);
  },
};

/** The page's side of `ipcRenderer.invoke`. */
export async function invokeHandler(event: HostInvokeEvent, channel: string, input: unknown[]): Promise<unknown> {
  const handler = handlers.get(channel);
  if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
  return structuredClone(await handler(event, ...input));
}
