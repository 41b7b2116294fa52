import { z } from 'zod';
import { type ErrorData, PushboatError, toPushboatError } from '../../shared/errors.ts';
import { type IpcReply, requestSchemas } from '../../shared/ipc.ts';
import { REQUEST_CHANNELS, type RequestChannel } from '../../shared/ipc-channels.ts';
import type { Handlers, InvokeEvent, IpcHost } from './types.ts';

export interface RegisterOptions {
  host: IpcHost;
  handlers: Handlers;
  /** Origin of the page that may call, with scheme and host only: `pushboat://app`. */
  origin: string;
  /** Bugs (INTERNAL) and refused senders, for the log. */
  onProblem: (channel: string, error: ErrorData) => void;
}

/**
 * Registers every request of the contract with the host. This is the only door between the window and the main process:
 * it checks who calls, parses the input, and answers with data in every case, errors whole.
 * Returns the function that removes all handlers.
 */
export function registerHandlers(options: RegisterOptions): () => void {
  for (const channel of REQUEST_CHANNELS) {
    options.host.handle(channel, (event, input) => answer(options, channel, event, input));
  }
  return () => {
    for (const channel of REQUEST_CHANNELS) options.host.removeHandler(channel);
  };
}

async function answer(
  { handlers, origin, onProblem }: RegisterOptions,
  channel: RequestChannel,
  event: InvokeEvent,
  input: unknown,
): Promise<IpcReply<unknown>> {
  try {
    checkSender(event, origin);
    const handler = handlers[channel] as (input: unknown) => unknown;
    return { ok: true, value: await handler(parseInput(channel, input)) };
  } catch (thrown) {
    const error = toPushboatError(thrown).toData();
    if (error.code === 'INTERNAL') onProblem(channel, error);
    return { ok: false, error };
  }
}

/** Only our own page, in the top frame, may call (Electron's security checklist, "validate the sender of all IPC messages"). */
function checkSender({ senderFrame }: InvokeEvent, origin: string): void {
  if (senderFrame !== null && senderFrame.parent === null && originOf(senderFrame.url) === origin) return;
  throw new PushboatError('INTERNAL', 'A request came from a page that is not the application’s own.', {
    hint: 'report-bug',
  });
}

/** `scheme://host`; `URL.origin` is the string `null` for custom schemes in Node, so it cannot be used. */
function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

function parseInput(channel: RequestChannel, input: unknown): unknown {
  const parsed = requestSchemas[channel].safeParse(input);
  if (parsed.success) return parsed.data;
  // The issues name fields and expectations, never the values: an input may hold a password.
  throw new PushboatError('INTERNAL', `The request ${channel} is not well formed.`, {
    detail: z.prettifyError(parsed.error),
    hint: 'report-bug',
  });
}
