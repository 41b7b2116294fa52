import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import type { Connect } from '../../../../../electron/registry/http/connect.ts';
import { ConnectionPool } from '../../../../../electron/registry/http/connection-pool.ts';
import { exchange } from '../../../../../electron/registry/http/exchange.ts';

/** A server that answers with the path, after `hold` where the path says so, and tells how many connections came. */
async function startServer(hold: Promise<void> = Promise.resolve(), answers: (socket: Socket) => boolean = () => true) {
  let opened = 0;
  const server: Server = createServer((request, response) => {
    if (!answers(request.socket)) return void request.socket.destroy();
    void (request.url === '/held' ? hold : Promise.resolve()).then(() => response.end(request.url));
  });
  server.on('connection', () => {
    opened += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    opened: () => opened,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const connectTo: Connect = (origin) => {
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect(Number(origin.port), origin.hostname, () => resolve(socket));
    socket.on('error', reject);
  });
};

async function ask(pool: ConnectionPool, origin: URL, path: string, signal?: AbortSignal): Promise<string> {
  const limits = { headersTimeout: 10_000, idleTimeout: 10_000, responseTimeout: 10_000, maxResponse: 1000 };
  const request = { method: 'GET', url: new URL(path, origin), headers: {}, body: null, signal, ...limits } as const;
  return (await exchange(pool, request)).body.toString('utf8');
}

it('one request after the other stays on one connection, also without a pause between them', async () => {
  await using server = await startServer();
  const pool = new ConnectionPool(server.origin, connectTo, 10);
  for (let index = 0; index < 5; index += 1) expect(await ask(pool, server.origin, `/${index}`)).toBe(`/${index}`);
  expect(server.opened()).toBe(1);
  await pool.destroy();
});

it('where each connection ends after some answers, and nobody says so, none is used twice in the end', async () => {
  for (const most of [1, 2]) {
    const served = new WeakMap<Socket, number>();
    await using server = await startServer(Promise.resolve(), (socket) => {
      served.set(socket, (served.get(socket) ?? 0) + 1);
      return (served.get(socket) ?? 0) <= most;
    });
    const pool = new ConnectionPool(server.origin, connectTo, 10);
    const outcomes: boolean[] = [];
    for (let index = 0; index < 20; index += 1)
      outcomes.push(
        await ask(pool, server.origin, '/').then(
          () => true,
          () => false,
        ),
      );
    expect(outcomes.filter((isAnswered) => !isAnswered)).toHaveLength(3);
    expect(outcomes.slice(10)).not.toContain(false);
    await pool.destroy();
  }
});

it('connections that were ended once, all together, are still used again', async () => {
  let ends = false;
  await using server = await startServer(Promise.resolve(), () => !ends);
  const pool = new ConnectionPool(server.origin, connectTo, 5);
  const all = () => Promise.allSettled(Array.from({ length: 5 }, () => ask(pool, server.origin, '/')));
  for (let round = 0; round < 6; round += 1) await all();
  ends = true;
  await all();
  ends = false;
  await all();
  const opened = server.opened();
  await all();
  expect(server.opened()).toBe(opened);
  await pool.destroy();
});

it('requests side by side have a connection each, up to the limit', async () => {
  await using server = await startServer();
  const pool = new ConnectionPool(server.origin, connectTo, 3);
  const paths = Array.from({ length: 9 }, (_, index) => `/${index}`);
  expect(await Promise.all(paths.map((path) => ask(pool, server.origin, path)))).toEqual(paths);
  expect(server.opened()).toBe(3);
  await pool.destroy();
});

it('connections that were begun elsewhere are taken; one that fails there fails no request', async () => {
  await using server = await startServer();
  const pool = new ConnectionPool(server.origin, connectTo, 10);
  for (let count = 0; count < 3; count += 1) pool.adopt(connectTo(server.origin));
  pool.adopt(Promise.reject(new Error('it did not get far')));
  const paths = ['/a', '/b', '/c', '/d'];
  expect(await Promise.all(paths.map((path) => ask(pool, server.origin, path)))).toEqual(paths);
  expect(server.opened()).toBeLessThanOrEqual(4);
  await pool.destroy();
});

it('a request that waits for a new connection takes an older one that is free before', async () => {
  const hold = Promise.withResolvers<void>();
  await using server = await startServer(hold.promise);
  const never = new Promise<Socket>(() => undefined);
  let begun = 0;
  const pool = new ConnectionPool(server.origin, (origin) => (begun++ === 0 ? connectTo(origin) : never), 10);
  const first = ask(pool, server.origin, '/held');
  while (server.opened() === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = ask(pool, server.origin, '/second');
  hold.resolve();
  expect(await Promise.all([first, second])).toEqual(['/held', '/second']);
  expect(begun).toBe(2);
  await pool.destroy();
});

it('a connection that cannot be made fails the request that waits for it, and no other', async () => {
  await using server = await startServer();
  let refused = false;
  const pool = new ConnectionPool(
    server.origin,
    (origin) => {
      if (refused) return connectTo(origin);
      refused = true;
      return Promise.reject(new Error('refused'));
    },
    10,
  );
  const both = await Promise.allSettled([ask(pool, server.origin, '/a'), ask(pool, server.origin, '/b')]);
  expect(both).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: '/b' }]);
  await pool.destroy();
});

it('a request that is given up while it waits takes no connection, and a pool that is closed fails those that wait', async () => {
  await using server = await startServer();
  const pool = new ConnectionPool(server.origin, () => new Promise<Socket>(() => undefined), 1);
  const given = new AbortController();
  const waits = ask(pool, server.origin, '/a', given.signal);
  const other = ask(pool, server.origin, '/b');
  given.abort();
  await expect(waits).rejects.toThrow();
  await Promise.all([expect(other).rejects.toThrow('destroyed'), pool.destroy()]);
  expect(server.opened()).toBe(0);
});

it('a connection that was idle while the computer slept is closed before it is used', async () => {
  await using server = await startServer();
  const pool = new ConnectionPool(server.origin, connectTo, 10);
  await ask(pool, server.origin, '/evening');
  // The clock on the wall went on; the one of the process stood still.
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + 20_000);
  expect(await ask(pool, server.origin, '/morning')).toBe('/morning');
  expect(server.opened()).toBe(2);
  await ask(pool, server.origin, '/noon');
  expect(server.opened()).toBe(2);
  await pool.destroy();
});

it('in doubt idle connections are closed, and a request that is under way is given up soon', async () => {
  const hold = Promise.withResolvers<void>();
  await using server = await startServer(hold.promise);
  const pool = new ConnectionPool(server.origin, connectTo, 10);
  const held = ask(pool, server.origin, '/held');
  await ask(pool, server.origin, '/other');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  pool.distrust();
  const outcome = held.catch(String);
  vi.advanceTimersByTime(11_000);
  vi.useRealTimers();
  expect(await outcome).toContain('nothing more came within 10 s');
  await ask(pool, server.origin, '/again');
  expect(server.opened()).toBe(3);
  hold.resolve();
  await pool.destroy();
});
