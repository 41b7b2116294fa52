import type { FileHandle } from 'node:fs/promises';

/** Writes all of the bytes: where a disk has room for some of them only, the system takes those and says so by their number alone. */
export async function writeAll(file: Pick<FileHandle, 'write'>, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
