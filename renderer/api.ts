import { PushboatError, toPushboatError } from '../shared/errors.ts';
import type { PushboatApi, RequestInput, RequestOutputs } from '../shared/ipc.ts';
import type { RequestChannel } from '../shared/ipc-channels.ts';

declare global {
  interface Window {
    pushboat: PushboatApi;
  }
}

/**
 * Asks the main process.
 * @throws PushboatError the main process's own error, rebuilt from its data.
 */
export async function request<C extends RequestChannel>(
  channel: C,
  ...input: undefined extends RequestInput<C> ? [RequestInput<C>?] : [RequestInput<C>]
): Promise<RequestOutputs[C]> {
  const reply = await window.pushboat.request(channel, input[0] as RequestInput<C>);
  if (reply.ok) return reply.value;
  throw PushboatError.fromData(reply.error);
}

/** Runs work that nobody waits for; a failure goes to `onError` instead of getting lost. */
export function inBackground(work: Promise<unknown>, onError: (error: PushboatError) => void): void {
  work.catch((thrown: unknown) => onError(toPushboatError(thrown)));
}
