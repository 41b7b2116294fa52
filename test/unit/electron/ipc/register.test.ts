import { describe, expect, it } from 'vitest';
import { registerHandlers } from '../../../../electron/ipc/register.ts';
import type { Handlers, InvokeEvent, IpcHost } from '../../../../electron/ipc/types.ts';
import { type ErrorData, PushboatError } from '../../../../shared/errors.ts';
import { type IpcReply, requestSchemas } from '../../../../shared/ipc.ts';
import { isRequestChannel } from '../../../../shared/ipc-channels.ts';

type Listener = Parameters<IpcHost['handle']>[1];

const OUR_PAGE: InvokeEvent = { senderFrame: { url: 'pushboat://app/index.html', parent: null } };

function registered(handlers: Partial<Record<keyof Handlers, (input: never) => unknown>>) {
  const listeners = new Map<string, Listener>();
  const problems: [string, ErrorData][] = [];
  const unregister = registerHandlers({
    host: {
      handle: (channel, listener) => void listeners.set(channel, listener),
      removeHandler: (channel) => void listeners.delete(channel),
    },
    handlers: handlers as unknown as Handlers,
    origin: 'pushboat://app',
    onProblem: (channel, error) => problems.push([channel, error]),
  });
  const call = (channel: string, input?: unknown, event = OUR_PAGE): Promise<IpcReply<unknown>> => {
    const listener = listeners.get(channel);
    if (listener === undefined) throw new Error(`nothing handles ${channel}`);
    return listener(event, input) as Promise<IpcReply<unknown>>;
  };
  return { call, listeners, problems, unregister };
}

describe('a request of the window', () => {
  it('gets its handler’s value', async () => {
    const { call } = registered({ 'images.details': async (id: string) => ({ id }) });
    expect(await call('images.details', 'a')).toEqual({ ok: true, value: { id: 'a' } });
  });

  it('gets an error as data, with its facts, hint and cause', async () => {
    const { call, problems } = registered({
      'transfers.cancel': () => {
        throw new PushboatError('DENIED', 'No.', {
          registry: 'r.example',
          status: 403,
          hint: 'use-another-login',
          cause: new Error('why'),
        });
      },
    });
    expect(await call('transfers.cancel', 'job')).toEqual({
      ok: false,
      error: {
        code: 'DENIED',
        message: 'No.',
        registry: 'r.example',
        status: 403,
        hint: 'use-another-login',
        cause: { code: 'INTERNAL', message: 'why' },
      },
    });
    expect(problems).toEqual([]);
  });

  it('gets INTERNAL for what is not one of our errors, and the log hears of it', async () => {
    const { call, problems } = registered({
      'transfers.list': () => {
        throw new RangeError('a bug');
      },
    });
    expect(await call('transfers.list')).toMatchObject({ ok: false, error: { code: 'INTERNAL', message: 'a bug' } });
    expect(problems).toHaveLength(1);
  });

  it('is refused when its input does not follow the contract, without repeating the input', async () => {
    const { call } = registered({ 'logins.login': () => expect.unreachable() });
    const reply = await call('logins.login', { registry: 'r', username: '', password: 'hunter2', remember: 'nowhere' });
    expect(reply).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(JSON.stringify(reply)).not.toContain('hunter2');
  });

  it.each<[string, InvokeEvent]>([
    ['another page', { senderFrame: { url: 'https://example.com/', parent: null } }],
    ['another host of our scheme', { senderFrame: { url: 'pushboat://app.example/index.html', parent: null } }],
    ['a page whose address begins like ours', { senderFrame: { url: 'pushboat://app:80@evil/', parent: null } }],
    ['a frame within our page', { senderFrame: { url: 'pushboat://app/index.html', parent: {} } }],
    ['a frame that is gone', { senderFrame: null }],
    ['a page without an address', { senderFrame: { url: '', parent: null } }],
  ])('is refused when it comes from %s', async (_who, event) => {
    const { call } = registered({ 'transfers.list': () => expect.unreachable() });
    expect(await call('transfers.list', undefined, event)).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  });

  it('has a handler for every channel of the contract, and none after unregistering', () => {
    const { listeners, unregister } = registered({});
    expect([...listeners.keys()]).toEqual(Object.keys(requestSchemas));
    unregister();
    expect(listeners.size).toBe(0);
  });

  it('is known to the preload by the same names', () => {
    expect(Object.keys(requestSchemas).every(isRequestChannel)).toBe(true);
    expect(isRequestChannel('constructor')).toBe(false);
  });
});
