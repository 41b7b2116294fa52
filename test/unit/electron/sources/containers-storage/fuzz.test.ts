import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buffersFor } from '../../../../../electron/files/read-buffers.ts';
import { rebuildLayer } from '../../../../../electron/sources/containers-storage/rebuild-layer.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { FUZZ, handled, mutated, mutatedJson } from '../../../../fixtures/fuzz.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { type MadeLayer, type Piece, StoreMaker, tarSplitLines } from './store-maker.ts';

/** As long as the file that it would stand for. */
const SECRET = 'not for you!';
const PIECES: Piece[] = [
  Buffer.from('header'),
  { name: 'etc/a', content: Buffer.from('content of a') },
  { name: 'etc/b', content: Buffer.alloc(3000, 'b') },
  Buffer.from('padding'),
];

let folder: TempDir;
let layer: MadeLayer;

beforeAll(async () => {
  folder = await makeTempDir('fuzz-store');
  layer = await new StoreMaker(folder.path).addLayer(PIECES);
  // Next to the tree, where a hostile name would lead.
  await writeFile(join(layer.tree, '../secret'), SECRET);
  await writeFile(join(folder.path, 'secret'), SECRET);
});
afterAll(() => folder.remove());

function rebuilt(isVerified: boolean): Promise<Buffer | undefined> {
  const { digest, size, tarSplit, tree } = layer;
  const source = { digest: digest as Digest, size, tarSplit, tree, realRoot: folder.path };
  return handled(() => buffer(rebuildLayer(source, { offset: 0, length: size, isVerified }, buffersFor(false))));
}

test('any change of tar-split data gives the layer’s own bytes or is refused, and reads nothing outside the tree', async () => {
  const lines = tarSplitLines(PIECES);
  const names = fc.constantFrom(
    '../secret',
    '../../../secret',
    '/etc/passwd',
    'etc/../../secret',
    'etc',
    'etc/b/',
    '.',
    '',
  );
  const line = fc.oneof(
    fc.constantFrom(...lines),
    fc.constantFrom(...lines).chain((text) => mutatedJson(JSON.parse(text)).map((bytes) => bytes.toString('latin1'))),
    names.map((name) => JSON.stringify({ type: 1, name, size: SECRET.length, payload: '' })),
  );
  const swapped = names.map((name) =>
    lines.with(1, JSON.stringify({ type: 1, name, size: SECRET.length, payload: '' })),
  );
  const data = fc.oneof(
    swapped.map((list) => gzipSync(list.join('\n'))),
    fc.array(line, { maxLength: 6 }).map((list) => gzipSync(list.join('\n'))),
    mutated(Buffer.from(lines.join('\n'))).map((bytes) => gzipSync(bytes)),
    mutated(gzipSync(lines.join('\n'))),
  );
  await fc.assert(
    fc.asyncProperty(data, async (bytes) => {
      await writeFile(layer.tarSplit, bytes);
      const whole = await rebuilt(false);
      if (whole) expect(whole.equals(layer.tar)).toBe(true);
      const unverified = await rebuilt(true);
      if (unverified) {
        expect(unverified.byteLength).toBe(layer.size);
        expect(unverified.includes(SECRET)).toBe(false);
      }
    }),
    FUZZ,
  );
});

test('a tar-split bomb is stopped at the layer’s own size', async () => {
  const zeros = JSON.stringify({ type: 2, payload: Buffer.alloc(600_000).toString('base64') });
  await writeFile(layer.tarSplit, gzipSync(Array.from({ length: 200 }, () => zeros).join('\n')));
  expect(await rebuilt(true)).toBeUndefined();
  await writeFile(layer.tarSplit, gzipSync(Buffer.alloc(64 * 1024 * 1024, '{')));
  expect(await rebuilt(true)).toBeUndefined();
});
