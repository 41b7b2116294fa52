import { expect, test } from 'vitest';
import { randomBytes } from '../../fixtures/random.ts';
import { digestOf } from '../../registry/blob-store.ts';
import { startProxy } from '../../registry/proxy.ts';
import { startRegistry } from '../../registry/server.ts';
import { call, locationOf } from './http-client.ts';

const blob = randomBytes('proxy', 2_000_000);
const digest = digestOf(blob);

test('bytes pass in both directions, late by the round trip, and are counted', async () => {
  await using registry = await startRegistry({ storage: 'memory' });
  await using proxy = await startProxy({ target: registry.host, roundTripMs: 60 });
  const from = performance.now();
  const started = await call('POST', `http://${proxy.host}/v2/a/blobs/uploads/`);
  expect(performance.now() - from).toBeGreaterThan(58);
  // The registry writes Locations for the address that the client used.
  expect(locationOf(started, 'http://nowhere').host).toBe(proxy.host);
  expect((await call('PUT', locationOf(started, registry.url, digest), { body: blob })).status).toBe(201);
  expect(proxy.sent).toBeGreaterThan(blob.length);
  expect((await call('GET', `http://${proxy.host}/v2/a/blobs/${digest}`)).body).toEqual(blob);
  expect(proxy.received).toBeGreaterThan(blob.length);
  expect(proxy.accepted).toBe(3);
});

test('connections can be cut in the middle of a body', async () => {
  await using registry = await startRegistry({ storage: 'memory' });
  await using proxy = await startProxy({ target: registry.host });
  const started = await call('POST', `http://${proxy.host}/v2/a/blobs/uploads/`);
  proxy.cutAfter(1_000_000);
  await expect(call('PUT', locationOf(started, registry.url, digest), { body: blob })).rejects.toThrow(
    /ECONNRESET|EPIPE|hang up/,
  );
  expect(registry.blobs()).toEqual([]);
  expect(proxy.open).toBe(0);
  // What came before the cut is kept, so an upload can go on from there.
  const status = await call('GET', locationOf(started, registry.url));
  expect(status.status).toBe(204);
});

test('while the network is down nothing connects', async () => {
  await using registry = await startRegistry({ storage: 'memory' });
  await using proxy = await startProxy({ target: registry.host });
  proxy.down = true;
  await expect(call('GET', `http://${proxy.host}/v2/`)).rejects.toThrow();
  proxy.down = false;
  expect((await call('GET', `http://${proxy.host}/v2/`)).status).toBe(200);
});
