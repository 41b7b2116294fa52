import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { breakLayout } from '../../../fixtures/break-layouts.ts';
import { LayoutWriter, makeLayout } from '../../../fixtures/layouts.ts';
import { makePipe } from '../../../fixtures/make-pipe.ts';
import { destination, digestsOf, listener, outgoing, write } from '../../../fixtures/outgoing.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
let out: string;
beforeEach(async () => {
  folder = await makeTempDir('dir-writer');
  out = join(folder.path, 'out');
});
afterEach(() => folder.remove());

async function image(name: string, options: Parameters<typeof makeLayout>[1] = {}) {
  await makeLayout(join(folder.path, name), { seed: name, ...options });
  return outgoing(`oci:${join(folder.path, name)}`);
}

const hex = (digest: string) => digest.slice(digest.indexOf(':') + 1);

describe('a dir: folder', () => {
  test('has the manifest, the version, and the blobs under their digests', async () => {
    const ready = await image('a');
    await write(`dir:${out}`, [ready]);
    expect(readdirSync(out).toSorted()).toEqual(
      ['manifest.json', 'version', ...ready.tree.blobs.map(({ descriptor }) => hex(descriptor.digest))].toSorted(),
    );
    expect(await readFile(join(out, 'version'), 'utf8')).toBe('Directory Transport Version: 1.1\n');
    expect((await outgoing(`dir:${out}`)).tree.root.digest).toBe(ready.tree.root.digest);
  });

  test('has the manifests of an index next to it', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'multi'));
    const index = await layout.multiPlatform([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    await layout.list(index).finish();
    const ready = await outgoing(`oci:${layout.path}`);
    await write(`dir:${out}`, [ready]);
    for (const { digest } of index.images) expect(readdirSync(out)).toContain(`${hex(digest)}.manifest.json`);
    expect(digestsOf(await outgoing(`dir:${out}`))).toEqual(digestsOf(ready));
  });

  test('holds the last image only', async () => {
    const [a, b] = [await image('a'), await image('b')];
    await write(`dir:${out}`, [a]);
    await write(`dir:${out}`, [b]);
    expect(readdirSync(out)).toHaveLength(2 + b.tree.blobs.length);
    expect(digestsOf(await outgoing(`dir:${out}`))).toEqual(digestsOf(b));
    await expect(write(`dir:${out}`, [a, b])).rejects.toMatchObject({ code: 'USAGE' });
    expect(digestsOf(await outgoing(`dir:${out}`))).toEqual(digestsOf(b));
  });

  test('that two write at once is one’s, whole', async () => {
    const ready = await Promise.all(['a', 'b', 'c'].map((name) => image(name)));
    await Promise.all(ready.map(async (one) => write(`dir:${out}`, [one])));
    const found = await outgoing(`dir:${out}`);
    const written = ready.find(({ tree }) => tree.root.digest === found.tree.root.digest);
    expect(readdirSync(out).toSorted()).toEqual(
      [
        'manifest.json',
        'version',
        ...(written?.tree.blobs ?? []).map(({ descriptor }) => hex(descriptor.digest)),
      ].toSorted(),
    );
  });

  test('whose version is a pipe is not waited for, nor is a layout with such an index', async () => {
    const ready = await image('a');
    for (const name of ['version', 'index.json']) {
      await mkdir(out, { recursive: true });
      makePipe(join(out, name));
      const text = name === 'version' ? `dir:${out}` : `oci:${out}`;
      await expect(write(text, [ready])).rejects.toMatchObject({
        code: expect.stringMatching(/^DESTINATION_(EXISTS|UNWRITABLE)$/) as string,
      });
      await rm(out, { recursive: true });
    }
  });

  test('may be an empty folder, but not one with other files', async () => {
    const ready = await image('a');
    await mkdir(out);
    await write(`dir:${out}`, [ready]);
    await writeFile(join(out, 'version'), 'mine\n');
    await expect(write(`dir:${out}`, [ready])).rejects.toMatchObject({
      code: 'DESTINATION_EXISTS',
      facts: { path: out },
    });
    expect(readdirSync(out)).toHaveLength(2 + ready.tree.blobs.length);
    await expect(write(`dir:${folder.path}`, [ready])).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    await expect(write(`dir:${join(out, 'version')}`, [ready])).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
  });

  test('of a corrupt image is not made, and one that is there stays', async () => {
    const [a, bad] = [await image('a'), await image('bad')];
    await breakLayout.corruptLayer(join(folder.path, 'bad'));
    await expect(write(`dir:${out}`, [bad])).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(existsSync(out)).toBe(false);
    await write(`dir:${out}`, [a]);
    const before = readdirSync(out);
    await expect(write(`dir:${out}`, [bad])).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    expect(readdirSync(out)).toEqual(before);
    expect(digestsOf(await outgoing(`dir:${out}`))).toEqual(digestsOf(a));
  });

  test('is not made where others have put files meanwhile, which stay', async () => {
    const ready = await image('a');
    const { signal } = new AbortController();
    await using writer = await destination(`dir:${out}`).begin(signal);
    await writer.add(ready, listener(), signal);
    await writeFile(join(out, 'mine'), 'mine');
    await expect(writer.commit(signal)).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    await writer[Symbol.asyncDispose]();
    expect(readdirSync(out)).toEqual(['mine']);
  });
});
