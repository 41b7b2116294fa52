import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeImageStore, storeName } from '../fixtures/image-store.ts';
import { blobPath, LayoutWriter, makeLayout, type WrittenImage } from '../fixtures/layouts.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, jsonLines, makeCliHome, startOnTerminal, until } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;

beforeEach(async () => {
  [home, registry] = await Promise.all([makeCliHome(), startRegistry({ storage: 'memory' })]);
});

afterEach(async () => {
  await registry.close();
  await home.remove();
});

async function layout(options: Parameters<typeof makeLayout>[1] = {}): Promise<{ path: string; image: WrittenImage }> {
  return makeLayout(join(home.path, 'layout'), options);
}

const writes = () => registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

describe('the target of a push', () => {
  test.each([
    ['DESTINATION', (to: string) => [to]],
    ['DESTINATION with docker://', (to: string) => [`docker://${to}`]],
    ['--target', (to: string) => ['--target', to]],
    ['--target with docker://', (to: string) => [`--target=docker://${to}`]],
    ['both, and is pushed to once when they agree', (to: string) => [to, '--target', `docker://${to}`]],
  ])('may be given as %s', async (_, args) => {
    const { path, image } = await layout();
    const { status, stderr } = await home.cli(['push', path, ...args(`${registry.host}/acme/web:1.0`)]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(registry.tags('acme/web').get('1.0')).toBe(image.digest);
  });

  test('may be several: repeated --target and --tag', async () => {
    const { path, image } = await layout();
    const to = (name: string) => `${registry.host}/${name}`;
    const more = ['--target', to('b:1'), '--target', to('c:1'), '--tag', '2', '--json'];
    const { status, stdout } = await home.cli(['push', path, to('a:1'), ...more]);
    expect(status).toBe(0);
    const done = jsonLines(stdout).filter(({ type }) => type === 'done');
    expect(new Set(done.map(({ reference }) => reference))).toEqual(
      new Set(['a:1', 'a:2', 'b:1', 'b:2', 'c:1', 'c:2'].map(to)),
    );
    for (const name of ['a', 'b', 'c']) {
      expect(Object.fromEntries(registry.tags(name))).toEqual({ '1': image.digest, '2': image.digest });
    }
  });

  test('gets the tag latest when it names none', async () => {
    const { path, image } = await layout();
    expect((await home.cli(['push', path, `${registry.host}/acme/web`])).status).toBe(0);
    expect(registry.tags('acme/web').get('latest')).toBe(image.digest);
  });

  test('is the image’s own reference when none is given', async () => {
    const { path, image } = await layout({ refName: `${registry.host}/own/name:2` });
    expect((await home.cli(['push', path])).status).toBe(0);
    expect(registry.tags('own/name').get('2')).toBe(image.digest);
  });

  test('must be given for an image that has only a tag of its own: the error names --target', async () => {
    const { path } = await layout({ refName: 'latest' });
    const { status, stderr } = await home.cli(['push', path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/has no reference of its own.*--target/);
  });

  test.each([
    ['a digest', (host: string) => [`${host}/a@sha256:${'a'.repeat(64)}`], 'TARGET_DIGEST', /the digest follows from/],
    ['a tag and a digest', (host: string) => [`${host}/a:1@sha256:${'a'.repeat(64)}`], 'TARGET_DIGEST', /names a tag/],
    ['upper case', (host: string) => [`${host}/Acme/web`], 'REF_INVALID', /lower.?case/i],
    ['nothing', () => [''], 'REF_INVALID', /./],
    ['a space', (host: string) => [`${host}/a b`], 'REF_INVALID', /./],
    ['a scheme that is no transport', () => ['ostree://tmp/x'], 'USAGE', /names no transport/],
  ])('is refused with status 2 when it is %s', async (_, args, code, message) => {
    const { path } = await layout();
    const { status, stdout } = await home.cli(['push', path, ...args(registry.host), '--json']);
    expect(status).toBe(2);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({ type: 'error', code, message: expect.stringMatching(message) as string }),
    ]);
    expect(registry.requests).toEqual([]);
  });
});

describe('what a push prints', () => {
  test('--quiet: the digest and nothing else', async () => {
    const { path, image } = await layout();
    const result = await home.cli(['push', '-q', path, `${registry.host}/a:1`]);
    expect(result).toEqual({ status: 0, stdout: `${image.digest}\n`, stderr: '' });
  });

  test('--digestfile: the digest alone in a file', async () => {
    const { path, image } = await layout();
    const file = join(home.path, 'digest');
    const result = await home.cli(['push', path, `${registry.host}/a:1`, '--digestfile', 'digest'], { cwd: home.path });
    expect(result.status).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(image.digest);
  });

  test('--dry-run: what would be sent, and nothing is changed', async () => {
    const { path, image } = await layout({ layers: 2, layerSize: 50_000 });
    const target = `${registry.host}/a:1`;
    const plain = await home.cli(['push', path, target, '--dry-run']);
    expect(plain.status).toBe(0);
    expect(plain.stdout).toContain(`Would push to ${target} without a login\n`);
    expect(plain.stdout.match(/ {2}upload\b/g)).toHaveLength(4);
    expect(plain.stdout).toContain(`Digest: ${image.digest}\n`);
    const [preview] = jsonLines((await home.cli(['push', path, target, '--dry-run', '--json'])).stdout);
    expect(preview).toMatchObject({ type: 'preview', digest: image.digest, tag: { state: 'new' } });
    expect(preview?.['bytesToSend']).toBe(preview?.['bytesTotal']);
    expect(writes()).toEqual([]);
    expect(registry.blobs()).toEqual([]);
  });

  test('--json: one object a line; rows with digest, state, sent and total; last the result', async () => {
    const { path, image } = await layout({ layers: 3, layerSize: 12_000_000 });
    registry.throttle.bytesPerSecond = 40_000_000;
    const { status, stdout, stderr } = await home.cli(['push', path, `${registry.host}/a:1`, '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = jsonLines(stdout);
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['job', 'layer', 'done']));
    expect(lines.filter(({ type }) => type === 'done')).toHaveLength(1);
    const sent = image.layers.reduce((sum, { size }) => sum + size, 0) + image.config.size + image.size;
    expect(lines.at(-1)).toEqual({
      type: 'done',
      reference: `${registry.host}/a:1`,
      digest: image.digest,
      mediaType: image.mediaType,
      manifests: [image.digest],
      bytesSent: sent,
      bytesSaved: 0,
      durationMs: expect.any(Number) as number,
      unchanged: false,
      tag: { state: 'new' },
      warnings: [],
      notes: [],
    });
    for (const { digest, size } of image.layers) {
      const rows = lines.filter((line) => line['type'] === 'layer' && line['digest'] === digest);
      expect(rows.every((row) => row['total'] === size && typeof row['state'] === 'string')).toBe(true);
      const amounts = rows.map((row) => row['sent'] as number);
      expect(amounts).toEqual(amounts.toSorted((a, b) => a - b));
      expect(rows.at(-1)).toMatchObject({ state: 'pushed', sent: size });
      expect(rows.some(({ state }) => state === 'uploading')).toBe(true);
    }
    expect(lines.findLast(({ type }) => type === 'job')).toMatchObject({ state: 'done', bytesTotal: sent });
  });

  test('--json of a failure: the last line is the error, with code, message and hint', async () => {
    const { path, image } = await layout();
    const [first] = image.layers;
    await writeFile(blobPath(path, first?.digest ?? image.digest), 'short');
    const { status, stdout, stderr } = await home.cli(['push', path, `${registry.host}/a:1`, '--json']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      type: 'error',
      code: 'BLOB_SIZE_MISMATCH',
      digest: first?.digest,
      hint: expect.stringMatching(/\.$/) as string,
    });
  });
});

describe('an image of the image-store folder', () => {
  const references = (host: string) => [`${host}/tangxusc/alpine:3.18.0`, `${host}/team/web:2`];
  let store: string;

  beforeEach(async () => {
    store = await makeImageStore(join(home.path, 'images'), references(registry.host));
  });

  const push = (...args: string[]) => home.cli(['push', '--images-store-dir', store, '--quiet', ...args]);

  test('is found by its Name, by its Ref, and by a reference that turns into its Name', async () => {
    const [ref = ''] = references(registry.host);
    const byRef = await push(ref);
    expect(byRef).toMatchObject({ status: 0, stderr: '' });
    const digest = registry.tags('tangxusc/alpine').get('3.18.0');
    expect(byRef.stdout).toBe(`${digest}\n`);
    const byName = await push(storeName(ref), `${registry.host}/by/name:1`);
    expect(byName.stdout).toBe(`${digest}\n`);
    const bySanitized = await push(ref.replace(':3.18.0', ':another-tag'), `${registry.host}/by/sanitized:1`);
    expect(bySanitized.stdout).toBe(`${digest}\n`);
    expect(registry.tags('by/sanitized').get('1')).toBe(digest);
  });

  test('without a target goes to its Ref; without a Ref the error names --target', async () => {
    const [, ref = ''] = references(registry.host);
    expect(await push(storeName(ref))).toMatchObject({ status: 0 });
    expect([...registry.tags('team/web').keys()]).toEqual(['2']);
    const writer = await LayoutWriter.create(join(store, 'nameless'));
    await writer.list(await writer.image()).finish();
    const refused = await push('nameless');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--target');
    expect((await push('nameless', '--target', `${registry.host}/given:1`)).status).toBe(0);
  });

  test('that is not there: the error lists what is close; a broken neighbour does not matter', async () => {
    await mkdir(join(store, 'broken'));
    const { status, stderr } = await push('alpin');
    expect(status).toBe(1);
    expect(stderr).toContain(`${registry.host}/tangxusc/alpine:3.18.0`);
    const broken = await push('broken', `${registry.host}/x:1`);
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain('oci-layout');
    const listed = jsonLines((await home.cli(['images', '--images-store-dir', store, '--json'])).stdout);
    expect(listed.map(({ kind }) => String(kind)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'broken',
      'image',
      'image',
    ]);
  });
});

describe('on a terminal', () => {
  const ESC = '\u001b[';
  /** The frames that were drawn, each as its lines. */
  const frames = (output: string) =>
    output
      .split(`${ESC}0J`)
      .slice(1)
      .map((frame) => frame.replaceAll(/\u001b\[[?0-9]*[A-Za-z]/g, '').split(/\r?\n/));

  test('each layer has one line with a bar that is redrawn in place, and the cursor comes back', async () => {
    const { path, image } = await layout({ layers: 3, layerSize: 12_000_000 });
    registry.throttle.bytesPerSecond = 40_000_000;
    const { status, stdout } = await startOnTerminal(home, ['push', path, `${registry.host}/a:1`]).ended;
    expect(status).toBe(0);
    const drawn = frames(stdout);
    expect(drawn.length).toBeGreaterThan(4);
    for (const { digest } of image.layers) {
      const row = (frame: string[]) => frame.filter((line) => line.startsWith(digest.slice(7, 19)));
      expect(drawn.slice(-3).map((frame) => row(frame).length)).toEqual([1, 1, 1]);
      expect(row(drawn.at(-1) ?? [])[0]).toMatch(/ █{24} .* pushed/);
      expect(drawn.some((frame) => /█░/.test(row(frame)[0] ?? ''))).toBe(true);
    }
    // Moving up by as many lines as were drawn is what keeps the rows in place.
    const ups = [...stdout.matchAll(/\u001b\[(\d+)A\r/g)].map(([, lines]) => Number(lines));
    expect(ups.at(-1)).toBe(5);
    expect(drawn.flat().every((line) => line.length < 100)).toBe(true);
    expect(stdout.endsWith(`Digest: ${image.digest}\r\n`)).toBe(true);
    expect(stdout.split(`${ESC}?25l`)).toHaveLength(2);
    expect(stdout.lastIndexOf(`${ESC}?25h`)).toBeGreaterThan(stdout.lastIndexOf(`${ESC}?25l`));
  });

  test('that cannot move its cursor there are lines, as elsewhere', async () => {
    const { path, image } = await layout();
    const run = startOnTerminal(home, ['push', path, `${registry.host}/a:1`], { env: { TERM: 'dumb' } });
    const { status, stdout } = await run.ended;
    expect(status).toBe(0);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(`Digest: ${image.digest}`);
  });

  test('Ctrl-C gives the cursor back', async () => {
    const { path } = await layout({ layers: 2, layerSize: 20_000_000 });
    registry.throttle.bytesPerSecond = 10_000_000;
    const run = startOnTerminal(home, ['push', path, `${registry.host}/a:1`]);
    await until('a bar', () => registry.uploads().length === 2 && run.output().includes('█'), run);
    run.child.stdin.write('\u0003');
    const { status, stdout } = await run.ended;
    expect(status).toBe(130);
    expect(stdout.lastIndexOf(`${ESC}?25h`)).toBeGreaterThan(stdout.lastIndexOf(`${ESC}?25l`));
  });

  test('a login is asked for, without showing the password, until one is right, and the same push continues', async () => {
    await using closed = await startRegistry({
      storage: 'memory',
      auth: { kind: 'basic', users: { ann: 'pass word' } },
    });
    const { path, image } = await layout();
    const run = startOnTerminal(home, ['push', path, `${closed.host}/a:1`]);
    const answer = async (question: RegExp, times: number, text: string) => {
      await until(String(question), () => (run.output().match(question)?.length ?? 0) >= times, run);
      run.child.stdin.write(`${text}\r`);
    };
    await answer(/User name: /g, 1, 'ann');
    await answer(/Password or token: /g, 1, 'wrong-one');
    await answer(/User name: /g, 2, 'ann');
    await answer(/Password or token: /g, 2, 'pass word');
    const { status, stdout } = await run.ended;
    expect(status).toBe(0);
    expect(stdout).toContain(`${closed.host} asks for a login`);
    expect(stdout).toContain('did not accept the login of ann');
    expect(stdout).not.toMatch(/wrong-one|pass word/);
    expect(stdout.endsWith(`Digest: ${image.digest}\r\n`)).toBe(true);
    expect(closed.tags('a').get('1')).toBe(image.digest);
    await expect(stat(join(home.path, 'home/.docker'))).rejects.toThrow('ENOENT');
  });
});

describe('usage', () => {
  test('a wrong command line ends with status 2 and says what is wrong', async () => {
    const { status, stdout, stderr } = await home.cli(['push', '--frobnicate', 'x']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Error: unknown option '--frobnicate'\n {2}.*--help/);
  });

  test('--help is printed with status 0', async () => {
    const { status, stdout, stderr } = await home.cli(['push', '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: pushboat push/);
  });

  test('resolve prints one line per reference, the wrong ones too, and then ends with status 2', async () => {
    const { status, stdout } = await home.cli(['resolve', '--json', 'alpine', 'UPPER', 'localhost:5000/a/b:1']);
    expect(status).toBe(2);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({
        input: 'alpine',
        registry: 'docker.io',
        repository: 'library/alpine',
        tag: null,
        digest: null,
        familiar: 'alpine',
        canonical: 'docker.io/library/alpine',
        apiHost: 'registry-1.docker.io',
      }),
      { input: 'UPPER', error: expect.objectContaining({ code: 'REF_INVALID', part: 'repository' }) as unknown },
      expect.objectContaining({ input: 'localhost:5000/a/b:1', registry: 'localhost:5000', tag: '1' }),
    ]);
  });
});
