import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../fixtures/certificates.ts';
import { randomBytes } from '../../fixtures/random.ts';
import { digestOf } from '../../registry/blob-store.ts';
import type { BodyPosition } from '../../registry/faults.ts';
import { startRegistry, type TestRegistry } from '../../registry/server.ts';
import { type Answer, call, locationOf } from './http-client.ts';

const blob = randomBytes('faults', 300_000);
const digest = digestOf(blob);
const toUploads = /\/blobs\/uploads\//;
let registry: TestRegistry;

beforeEach(async () => {
  registry = await startRegistry({ storage: 'memory', elsewhere: true });
});
afterEach(() => registry.close());

const begin = () => call('POST', `${registry.url}/v2/a/blobs/uploads/`);
const finish = (started: Answer) => call('PUT', locationOf(started, registry.url, digest), { body: blob });
const status = async (started: Answer) => (await call('GET', locationOf(started, registry.url))).headers['range'];

test.each<[BodyPosition, number]>([
  [0, 0],
  [1, 1],
  ['half', 150_000],
  ['last', 299_999],
  ['all', 300_000],
])('a connection dropped at %s keeps what came', async (after, kept) => {
  registry.faults.add({ on: { method: 'PUT', path: toUploads }, action: { kind: 'drop', after } });
  const started = await begin();
  await expect(finish(started)).rejects.toThrow(/ECONNRESET|socket hang up|EPIPE/);
  expect(registry.requests.at(-1)).toMatchObject({ method: 'PUT', received: kept });
  expect(await status(started)).toBe(`0-${Math.max(0, kept - 1)}`);
  expect(registry.blobs()).toEqual([]);
});

test('a dropped body is forgotten when the fault says so', async () => {
  registry.faults.add({ on: { method: 'PUT' }, action: { kind: 'drop', after: 'half', keep: false } });
  const started = await begin();
  await expect(finish(started)).rejects.toThrow();
  expect(await status(started)).toBe('0-0');
});

describe.each(['http', 'https'])('over %s', (scheme) => {
  test.each([true, false])('a reset before the answer leaves the blob committed: %s', async (committed) => {
    const { ca, server } = await makeCertificates();
    await using own = await startRegistry({ storage: 'memory', ...(scheme === 'https' ? { tls: server } : {}) });
    own.faults.add({ on: { method: 'PUT' }, action: { kind: 'reset', committed } });
    const started = await call('POST', `${own.url}/v2/a/blobs/uploads/`, { ca: ca.cert });
    const sent = call('PUT', locationOf(started, own.url, digest), { body: blob, ca: ca.cert });
    await expect(sent).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(own.requests.at(-1)?.received).toBe(blob.length);
    expect(own.blobs()).toEqual(committed ? [digest] : []);
    expect(own.uploads()).toHaveLength(committed ? 0 : 1);
  });
});

test('answers are given after some requests, a number of times, then all is well', async () => {
  const fault = registry.faults.add({
    on: { method: 'POST', path: toUploads },
    skip: 1,
    times: 2,
    action: { kind: 'answer', status: 429, headers: { 'retry-after': '7' } },
  });
  const answers: Answer[] = [];
  for (let at = 0; at < 4; at += 1) answers.push(await begin());
  expect(answers.map((answer) => answer.status)).toEqual([202, 429, 429, 202]);
  expect([answers[1]?.codes, answers[1]?.headers['retry-after']]).toEqual([['TOOMANYREQUESTS'], '7']);
  expect(fault.struck).toBe(2);
});

test('a rule without end strikes until it is removed', async () => {
  const fault = registry.faults.add({ times: Number.POSITIVE_INFINITY, action: { kind: 'answer', status: 503 } });
  expect([(await begin()).status, (await begin()).status]).toEqual([503, 503]);
  fault.remove();
  expect((await begin()).status).toBe(202);
});

test('HTML can come where JSON is due', async () => {
  registry.faults.add({ action: { kind: 'answer', status: 502, body: '<h1>Bad gateway</h1>' } });
  const answer = await begin();
  expect([answer.headers['content-type'], answer.body.toString()]).toEqual(['text/html', '<h1>Bad gateway</h1>']);
});

test('413 can come before the body, and still arrives', async () => {
  registry.faults.add({ on: { method: 'PUT' }, action: { kind: 'answer', status: 413, after: 0, close: true } });
  expect((await finish(await begin())).status).toBe(413);
});

test('401 can come in the middle of a body, with the challenge', async () => {
  registry.faults.add({ on: { method: 'PUT' }, action: { kind: 'challenge', after: 1000 } });
  const refused = await finish(await begin());
  expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Basic')]);
});

test('an upload can be forgotten', async () => {
  registry.faults.add({ on: { method: 'PUT' }, action: { kind: 'forget-upload' } });
  expect((await finish(await begin())).codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
});

test('status and headers of proper answers can be changed or taken away', async () => {
  registry.faults.add({
    on: { method: 'POST' },
    action: {
      kind: 'rewrite',
      status: 201,
      headers: { range: '0-5', 'docker-upload-uuid': null, location: (url) => `${url}&more=1` },
    },
  });
  const answer = await begin();
  expect([answer.status, answer.headers['range'], answer.headers['docker-upload-uuid']]).toEqual([
    201,
    '0-5',
    undefined,
  ]);
  expect(String(answer.headers['location'])).toMatch(/_state=2&more=1$/);
});

test('uploads and downloads can be sent to another host', async () => {
  registry.faults.add({ action: { kind: 'elsewhere' } });
  const started = await begin();
  expect(locationOf(started, registry.url).origin).toBe(registry.elsewhereUrl);
  expect((await finish(started)).status).toBe(201);
  registry.faults.add({ on: { method: 'GET' }, action: { kind: 'elsewhere' } });
  const moved = await call('GET', `${registry.url}/v2/a/blobs/${digest}`);
  expect(moved.status).toBe(307);
  expect((await call('GET', String(moved.headers['location']))).body).toEqual(blob);
});

test('a slow reader takes its time, and latency is added', async () => {
  registry.faults.add({ on: { method: 'PUT' }, action: { kind: 'slow', bytesPerSecond: 1_000_000 } });
  const started = await begin();
  const from = performance.now();
  expect((await finish(started)).status).toBe(201);
  expect(performance.now() - from).toBeGreaterThan(250);
  registry.latency.ms = 100;
  const again = performance.now();
  await begin();
  expect(performance.now() - again).toBeGreaterThan(95);
});

test('a stalled request ends with the registry, and closing leaves no connection', async () => {
  registry.faults.add({ action: { kind: 'stall' } });
  const outcome = begin().then(
    () => 'answered',
    () => 'broken',
  );
  while (registry.requests.length === 0) await sleep(5);
  await registry.close();
  expect(await outcome).toBe('broken');
  expect(registry.connections()).toBe(0);
});
