import { splitPath } from '../../../../electron/destinations/names.ts';
import type { ImageDestination, ImageWriter, WantedLayers } from '../../../../electron/destinations/types.ts';
import type { Digest } from '../../../../shared/digest.ts';

/** What a run of a writer did. */
export interface WriterLog {
  /** Images by the digest of their root, in order. */
  added: { digest: Digest; references: readonly string[] }[];
  /** Bytes of every blob that was read to its end. */
  blobs: Map<Digest, number>;
  committed: boolean;
  disposed: boolean;
}

export interface MemoryDestination extends ImageDestination {
  /** One for each `begin`. */
  readonly writers: WriterLog[];
}

export interface MemoryOptions {
  text?: string;
  layers?: WantedLayers;
  manifests?: 'oci';
  /** Blobs that are there already. */
  has?: (digest: Digest) => boolean;
  /** Waited for after each blob: what is thrown fails the writer. */
  afterBlob?: (count: number, signal: AbortSignal) => Promise<void>;
  onBegin?: () => Promise<void>;
}

/** A destination that keeps nothing but the record of what was written to it, for the life cycle of exports. */
export function memoryDestination(options: MemoryOptions = {}): MemoryDestination {
  const writers: WriterLog[] = [];
  const text = options.text ?? 'oci-archive:/srv/web.tar:1.2';
  const transport = text.startsWith('oci:') ? 'oci' : 'oci-archive';
  return {
    transport,
    text,
    ...splitPath(text.slice(transport.length + 1), process.platform),
    layers: options.layers ?? 'compressed',
    ...(options.manifests ? { manifests: options.manifests } : {}),
    writers,
    async begin() {
      const log: WriterLog = { added: [], blobs: new Map(), committed: false, disposed: false };
      writers.push(log);
      await options.onBegin?.();
      return writerOf(log, options);
    },
  };
}

function writerOf(log: WriterLog, { has, afterBlob }: MemoryOptions): ImageWriter {
  return {
    async add({ image, tree, references }, progress, signal) {
      for (const { descriptor } of tree.blobs) {
        const { digest } = descriptor;
        signal.throwIfAborted();
        if (has?.(digest)) {
          progress.exists(digest);
          continue;
        }
        progress.started(digest);
        let size = 0;
        for await (const chunk of image.blob(descriptor, { signal })) {
          const { byteLength } = chunk as Uint8Array;
          size += byteLength;
          progress.read(digest, byteLength);
        }
        log.blobs.set(digest, size);
        await afterBlob?.(log.blobs.size, signal);
        progress.written(digest);
      }
      for (const { descriptor, bytes } of tree.manifests) {
        progress.started(descriptor.digest);
        progress.read(descriptor.digest, bytes.byteLength);
        progress.written(descriptor.digest);
      }
      log.added.push({ digest: tree.root.digest, references });
      return { digest: tree.root.digest, mediaType: tree.root.mediaType };
    },
    commit: async () => {
      log.committed = true;
    },
    [Symbol.asyncDispose]: async () => {
      log.disposed = true;
    },
  };
}
