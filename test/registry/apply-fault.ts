import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '../../shared/errors.ts';
import { discardBody } from './body.ts';
import { bytesUntil, type FaultAction, type HeaderChange } from './faults.ts';
import { ConnectionCut, type Reply, type ReplyHeaders, refuseWith } from './reply.ts';
import type { Exchange, RegistryState, Route } from './routes.ts';
import { forgetUpload } from './routes-uploads.ts';
import { Throttle } from './throttle.ts';

/** What a fault can do to the request it strikes. */
export interface FaultTools {
  state: RegistryState;
  exchange: Exchange;
  route: Route;
  /** Ends when the client goes away or the registry closes. */
  signal: AbortSignal;
  /** The body with an end to it: after so many bytes `cut` is called and ConnectionCut thrown. */
  limitBody(bytes: number, cut: () => void): void;
  throttleBody(throttle: Throttle): void;
  /** Ends the connection: politely, or with a reset. */
  cut(how: 'end' | 'reset'): void;
  /** Marks the connection for an end after the answer. */
  closeAfterAnswer(): void;
  challenge(error: string | undefined): Reply;
  revokeTokens(): void;
  /** The proper answer. */
  handle(): Promise<Reply>;
}

/** The reply that the fault leaves, if any: it throws ConnectionCut when there is nobody left to answer. */
export async function applyFault(action: FaultAction, tools: FaultTools): Promise<Reply> {
  const { exchange, signal } = tools;
  switch (action.kind) {
    case 'drop':
      return drop(action, tools);
    case 'reset':
      return reset(action.committed, tools);
    case 'answer':
      if (action.close) tools.closeAfterAnswer();
      await discardBody(exchange.body, bytesUntil(action.after ?? 'all', exchange.contentLength));
      return scripted(action.status, action.headers ?? {}, action.body);
    case 'challenge':
      await discardBody(exchange.body, bytesUntil(action.after ?? 'all', exchange.contentLength));
      return tools.challenge(action.error);
    case 'revoke-tokens':
      tools.revokeTokens();
      return tools.handle();
    case 'forget-upload':
      if (tools.route.kind === 'upload') await forgetUpload(tools.state, tools.route.id);
      return tools.handle();
    case 'rewrite':
      return rewrite(await tools.handle(), action);
    case 'elsewhere':
      return leadElsewhere(await tools.handle(), tools);
    case 'slow':
      tools.throttleBody(new Throttle(action.bytesPerSecond));
      return tools.handle();
    case 'delay':
      await sleep(action.ms, undefined, { signal });
      return tools.handle();
    case 'stall':
      await untilAborted(signal);
      throw new ConnectionCut();
    default:
      return assertNever(action);
  }
}

async function drop(action: FaultAction & { kind: 'drop' }, tools: FaultTools): Promise<never> {
  const bytes = bytesUntil(action.after, tools.exchange.contentLength);
  tools.limitBody(bytes, () => tools.cut('end'));
  if (action.keep === false || bytes === 0) await discardBody(tools.exchange.body, Number.POSITIVE_INFINITY);
  else await tools.handle();
  // Requests without a body get here: they are cut off before their answer.
  tools.cut('end');
  throw new ConnectionCut();
}

async function reset(committed: boolean, tools: FaultTools): Promise<never> {
  if (committed) await tools.handle();
  else {
    tools.limitBody(Number.POSITIVE_INFINITY, () => tools.cut('reset'));
    // An upload keeps the bytes it got, only the commit does not happen.
    if (tools.route.kind === 'upload') await tools.handle();
    else await discardBody(tools.exchange.body, Number.POSITIVE_INFINITY);
  }
  tools.cut('reset');
  throw new ConnectionCut();
}

function scripted(status: number, headers: ReplyHeaders, body: unknown): Reply {
  if (body === undefined) return refuseWith(status, 'scripted fault', headers);
  if (typeof body === 'string')
    return { status, headers: { 'content-type': 'text/html', ...headers }, body: Buffer.from(body) };
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function rewrite(reply: Reply, action: FaultAction & { kind: 'rewrite' }): Reply {
  const headers = { ...reply.headers };
  for (const [name, change] of Object.entries(action.headers ?? {})) {
    const value = changed(headers[name], change);
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  const status = action.status ?? reply.status;
  if (action.body === undefined) return { ...reply, status, headers };
  const { 'content-length': _, ...rest } = headers;
  return scripted(status, rest, action.body);
}

function changed(original: string | string[] | undefined, change: HeaderChange): string | string[] | null {
  if (typeof change !== 'function') return change;
  return change(Array.isArray(original) ? original.join(', ') : original);
}

function leadElsewhere(reply: Reply, { state, exchange }: FaultTools): Reply {
  if (!state.elsewhere) throw new TypeError('start the registry with { elsewhere: true } first');
  const location = reply.headers['location'];
  if (typeof location === 'string') {
    const url = new URL(location, exchange.origin);
    return { ...reply, headers: { ...reply.headers, location: state.elsewhere + url.pathname + url.search } };
  }
  const url = `${state.elsewhere}${exchange.url.pathname}?signature=abc%2Bdef`;
  return { status: 307, headers: { location: url, 'content-length': '0' } };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
