import { randomUUID } from 'node:crypto';
import type { Digest } from '../../shared/digest.ts';
import type { BlobStore, PendingBlob } from './blob-store.ts';

export interface StoredManifest {
  bytes: Uint8Array;
  mediaType: string;
  /** Digest of the manifest's `subject`, when it has one. */
  subject?: Digest;
  artifactType?: string;
  annotations?: Record<string, string>;
}

export interface Repository {
  /** Blobs are stored once for all repositories, but each repository only shows its own: that is what mounting is about. */
  blobs: Set<Digest>;
  manifests: Map<Digest, StoredManifest>;
  tags: Map<string, Digest>;
}

/** An open upload. Requests for it run one after the other, whatever the client does. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly pending: PendingBlob;
  /** Changes with every answer: a client that keeps using an old Location is found out. */
  state: number;
  /** A chunk below the least length came, so only the closing PUT may follow. */
  sealed: boolean;
  /** What a PATCH has brought is all of it. */
  isWhole: boolean;
  /** Bytes that the first PATCH brought. */
  firstChunkEnd: number | undefined;
  /** Bytes of the last PATCH. */
  lastChunk: number;
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** Everything the registry holds. */
export class Storage {
  readonly blobs: BlobStore;
  readonly repositories: Map<string, Repository>;
  readonly uploads = new Map<string, Upload>();
  readonly #isReplica: boolean;

  /** @param of another node's: it shares all but its open uploads, and is closed after this. */
  constructor(blobs: BlobStore, of?: Storage) {
    this.blobs = blobs;
    this.repositories = of?.repositories ?? new Map<string, Repository>();
    this.#isReplica = of !== undefined;
  }

  /** The repository, created when it is not there. */
  repository(name: string): Repository {
    const known = this.repositories.get(name);
    if (known) return known;
    const created: Repository = { blobs: new Set(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, created);
    return created;
  }

  hasBlob(name: string, digest: Digest): boolean {
    return this.repositories.get(name)?.blobs.has(digest) ?? false;
  }

  async beginUpload(repository: string): Promise<Upload> {
    const upload: Upload = {
      id: randomUUID(),
      repository,
      pending: await this.blobs.begin(),
      state: 1,
      sealed: false,
      isWhole: false,
      firstChunkEnd: undefined,
      lastChunk: 0,
      exclusive: oneAtATime(),
    };
    this.uploads.set(upload.id, upload);
    return upload;
  }

  /** Ends an upload: the blob is kept under `digest`, or thrown away when there is none. */
  async endUpload(upload: Upload, digest?: Digest): Promise<void> {
    this.uploads.delete(upload.id);
    if (!digest) return upload.pending.discard();
    await upload.pending.keep(digest);
    this.repository(upload.repository).blobs.add(digest);
  }

  /** The manifest that a tag or digest names. */
  findManifest(name: string, reference: string): { digest: Digest; manifest: StoredManifest } | undefined {
    const repository = this.repositories.get(name);
    if (!repository) return undefined;
    const digest =
      repository.tags.get(reference) ?? [...repository.manifests.keys()].find((known) => known === reference);
    const manifest = digest && repository.manifests.get(digest);
    return digest && manifest ? { digest, manifest } : undefined;
  }

  async close(): Promise<void> {
    for (const upload of this.uploads.values()) await this.endUpload(upload);
    if (!this.#isReplica) await this.blobs.close();
  }
}

function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const run = last.then(work, work);
    last = run.catch(() => undefined);
    return run;
  };
}
