import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { READ_SIZE } from '../../../../../electron/files/read-buffers.ts';
import { ForwardReader } from '../../../../../electron/image/tar/forward-reader.ts';
import { ArrivingContent } from '../../../../../electron/sources/docker-daemon/arriving-content.ts';

const MIB = 1024 * 1024;
const SIZE = 64 * MIB;

test('a layer that arrives goes through the same few buffers, and waits for its reader', async () => {
  const chunk = Buffer.alloc(MIB / 4);
  let arrived = 0;
  async function* archive(): AsyncGenerator<Buffer> {
    for (; arrived < SIZE; arrived += chunk.byteLength) yield chunk;
  }
  const content = new ArrivingContent(new ForwardReader(archive(), 'image.tar'), { offset: 0, size: SIZE });
  const memory = new Set<unknown>();
  let [taken, furthest] = [0, 0];
  for await (const piece of content.stream() as AsyncIterable<Buffer>) {
    memory.add(piece.buffer);
    // Time for everything that could be read ahead.
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    taken += piece.byteLength;
    furthest = Math.max(furthest, arrived - taken);
  }
  expect(taken).toBe(SIZE);
  expect(memory.size).toBeLessThanOrEqual(16);
  expect(furthest).toBeLessThan(16 * READ_SIZE);
});
