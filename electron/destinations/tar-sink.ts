import { tarHeader, tarPadding } from '../image/tar/write-header.ts';

/** Where an archive goes: a file, or an engine. */
export interface TarSink {
  /** @throws PushboatError when the other side takes no more */
  write(bytes: Uint8Array): Promise<void>;
  /** Only where one can go back: bytes written so far, and writing over them. */
  readonly seekable?: { position: () => number; rewrite: (bytes: Uint8Array, position: number) => Promise<void> };
}

/** Writes a member whose size is known; the content has to be that long. Fails as the content or the sink fails. */
export async function writeMember(
  sink: TarSink,
  name: string,
  size: number,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await sink.write(tarHeader(name, size));
  for await (const chunk of content) await sink.write(chunk);
  await writePadding(sink, size);
}

export async function writePadding(sink: TarSink, size: number): Promise<void> {
  const padding = tarPadding(size);
  if (padding.byteLength > 0) await sink.write(padding);
}
