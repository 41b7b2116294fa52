import type { FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeAll } from '../../../../electron/files/write-all.ts';

/** A file on a disk that takes so many bytes of each write, and of all writes together. */
function fileOn({ each, room }: { each: number; room: number }) {
  const written: number[] = [];
  const write = async (bytes: Uint8Array, offset: number, length: number, position: number) => {
    const bytesWritten = Math.min(each, length, room - written.length);
    if (bytesWritten === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    for (let at = 0; at < bytesWritten; at++) written[position + at] = bytes[offset + at] ?? 0;
    return { bytesWritten, buffer: bytes };
  };
  return { written, file: { write } as unknown as Pick<FileHandle, 'write'> };
}

describe('bytes that are written to a file', () => {
  it('are written whole where the system takes some at a time', async () => {
    const { written, file } = fileOn({ each: 3, room: 100 });
    await writeAll(file, Uint8Array.from([1, 2, 3, 4, 5, 6, 7]), 0);
    await writeAll(file, Uint8Array.from([8, 9]), 7);
    expect(written).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('fail where there is room for a part of the last ones only', async () => {
    const { file } = fileOn({ each: 100, room: 5 });
    await expect(writeAll(file, Uint8Array.from([1, 2, 3, 4, 5, 6, 7]), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});
