import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BenchReport } from '../../build/bench/report.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';

/** In milliseconds. The benchmark takes half a minute; this only has to end what hangs, on a busy machine, too. */
const LIMIT = 240_000;
const BENCH = fileURLToPath(new URL('../../build/scripts/bench.mjs', import.meta.url));

test('npm run bench compares the built command line with skopeo, counts requests and round trips, and leaves nothing behind', async () => {
  await using temp = await makeTempDir('bench-test');
  await using out = await makeTempDir('bench-result');
  const json = join(out.path, 'result.json');
  const { stdout } = await run('node', [BENCH, '--quick', '--only', 'many,again,felt-token-again', '--json', json], {
    env: { TMPDIR: temp.path },
    timeoutMs: LIMIT,
  });
  const report = JSON.parse(await readFile(json, 'utf8')) as BenchReport;

  expect(report).toMatchObject({ rounds: 1, quick: true, tlsVerified: true });
  expect(report.pushers.map(({ name }) => name)).toEqual(expect.arrayContaining(['pushboat', 'skopeo']));
  expect(report.workloads.map(({ name }) => name)).toEqual(['many', 'again', 'felt-token-again']);
  const [many, again, felt] = report.workloads;
  if (many?.kind !== 'time' || again?.kind !== 'time' || felt?.kind !== 'time')
    throw new Error('all of them are timed');
  for (const name of ['pushboat', 'skopeo']) {
    const result = many.results.find(({ pusher }) => pusher === name);
    expect(result).toMatchObject({ pusher: name, uploadedLayers: 20 });
    expect(result?.wall?.median).toBeGreaterThan(0);
    expect(result?.cpu?.median).toBeGreaterThan(0);
    expect(result?.seconds).toHaveLength(1);
    // Each blob (20 layers and a config) needs a POST and a PUT, and the manifest a PUT.
    expect(result?.methods?.['POST']).toBe(21);
    expect(result?.methods?.['PUT']).toBe(22);
  }
  expect(again.results.find(({ pusher }) => pusher === 'pushboat')?.uploadedLayers).toBe(0);
  expect(many.ratio).toBeGreaterThan(0);
  expect(many.goal).toEqual({ ratio: 0.75 });
  expect(again.met).toBeTypeOf('boolean');
  const overLine = felt.results.find(({ pusher }) => pusher === 'pushboat');
  expect(overLine?.connections).toBeGreaterThan(1);
  // An estimate by time, which can miss one. Connection, TLS and a question cannot be fewer.
  expect(overLine?.roundTrips).toBeGreaterThanOrEqual(3);
  expect(felt.leastRoundTrips).toBe(4);

  const text = stdout.toString('utf8');
  expect(text).toContain(`ours / ${many.fastestPeer} ${many.ratio?.toFixed(2)}, goal ≤ 0.75: `);
  for (const { name } of report.missing) expect(text).toContain(`Not here: ${name}.`);
  expect(await readdir(temp.path)).toEqual([]);
});

test('npm run bench compares compressing on the way with skopeo and Docker, and leaves nothing behind', async () => {
  await using temp = await makeTempDir('bench-test');
  await using out = await makeTempDir('bench-result');
  const json = join(out.path, 'result.json');
  const args = [BENCH, '--quick', '--only', 'compress', '--json', json];
  const { stdout } = await run('node', args, { env: { TMPDIR: temp.path }, timeoutMs: LIMIT });
  const report = JSON.parse(await readFile(json, 'utf8')) as BenchReport;
  const [compress] = report.workloads;
  if (compress?.kind !== 'time') throw new Error('it is a timed workload');
  for (const name of ['pushboat', 'skopeo', 'docker']) {
    expect(compress.results.find(({ pusher }) => pusher === name)).toMatchObject({ uploadedLayers: 8 });
    expect(compress.results.find(({ pusher }) => pusher === name)?.wall?.median).toBeGreaterThan(0);
  }
  expect(stdout.toString('utf8')).toMatch(
    /ours \/ skopeo \d+\.\d\d, goal ≤ 0\.7: .*\n.*ours \/ docker \d+\.\d\d, goal ≤ 0\.4: /,
  );
  expect(await readdir(temp.path)).toEqual([]);
});

test('npm run bench names the workloads when asked for one that it does not have', async () => {
  const { stderr } = await run('node', [BENCH, '--only', 'fast'], { accept: [1] });
  expect(stderr).toContain('There is no workload fast. There are: large-tls, large-http, many,');
});
