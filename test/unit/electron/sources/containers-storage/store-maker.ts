import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Crc64 } from '../../../../../electron/sources/containers-storage/crc64.ts';
import { bigDataFileName } from '../../../../../electron/sources/containers-storage/records.ts';
import type { ReadableDriver } from '../../../../../electron/sources/containers-storage/store-files.ts';

/** A store as containers/storage lays it out, made by hand so that it can also be wrong. */
export interface MadeLayer {
  id: string;
  digest: string;
  size: number;
  tar: Buffer;
  tarSplit: string;
  tree: string;
}

/** A piece of a layer: bytes as they are, or a file by its name in the tar. */
export type Piece = Buffer | { name: string; content: Buffer };

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function tarSplitLines(pieces: readonly Piece[]): string[] {
  return pieces.map((piece, position) => {
    if (Buffer.isBuffer(piece)) return JSON.stringify({ type: 2, payload: piece.toString('base64'), position });
    const crc = new Crc64();
    crc.update(piece.content);
    const { name, content } = piece;
    return JSON.stringify({ type: 1, name, size: content.byteLength, payload: crc.base64(), position });
  });
}

export class StoreMaker {
  readonly root: string;
  readonly driver: ReadableDriver;
  readonly #layers: object[] = [];
  readonly #images: object[] = [];

  constructor(root: string, driver: ReadableDriver = 'overlay') {
    this.root = root;
    this.driver = driver;
  }

  treeOf(id: string): string {
    return this.driver === 'overlay' ? join(this.root, 'overlay', id, 'diff') : join(this.root, 'vfs', 'dir', id);
  }

  /** @param keepsSize false: as old versions of the library wrote it. */
  async addLayer(pieces: readonly Piece[], parent?: MadeLayer, keepsSize = true): Promise<MadeLayer> {
    const tar = Buffer.concat(pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : piece.content)));
    const digest = `sha256:${sha256(tar)}`;
    const id = sha256(`${digest} ${parent?.id ?? ''}`);
    const tree = this.treeOf(id);
    await mkdir(tree, { recursive: true });
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) continue;
      await mkdir(dirname(join(tree, piece.name)), { recursive: true });
      await writeFile(join(tree, piece.name), piece.content);
    }
    const tarSplit = join(this.root, `${this.driver}-layers`, `${id}.tar-split.gz`);
    await mkdir(dirname(tarSplit), { recursive: true });
    await writeFile(tarSplit, gzipSync(tarSplitLines(pieces).join('\n')));
    const size = tar.byteLength;
    const kept = keepsSize ? { 'diff-size': size } : {};
    this.#layers.push({ id, ...(parent ? { parent: parent.id } : {}), 'diff-digest': digest, ...kept });
    return { id, digest, size, tar, tarSplit, tree };
  }

  /** `layers` from the lowest; `pulled`: the manifest names other, compressed layers. Returns the image's id. */
  async addImage(
    names: string[],
    layers: MadeLayer[],
    options: { pulled?: boolean; diffIds?: string[]; metadata?: object; history?: string[] } = {},
  ) {
    const diffIds = options.diffIds ?? layers.map(({ digest }) => digest);
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: options.history?.map((created_by) => ({ created_by })),
    });
    const id = sha256(config);
    const type = 'application/vnd.oci.image.layer.v1.tar';
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${id}`, size: config.length },
      layers: layers.map(({ digest, size }) =>
        options.pulled
          ? { mediaType: `${type}+gzip`, digest: `sha256:${sha256(`gzip ${digest}`)}`, size: 17 }
          : { mediaType: type, digest, size },
      ),
      annotations: { kept: 'yes' },
    });
    const digest = `sha256:${sha256(manifest)}`;
    const bigData = { [`sha256:${id}`]: config, manifest, [`manifest-${digest}`]: manifest };
    const { metadata } = options;
    await this.addRecord(id, names, bigData, layers.at(-1)?.id, metadata);
    return { id, manifest, digest };
  }

  async addRecord(
    id: string,
    names: string[],
    bigData: Record<string, string>,
    layer?: string,
    metadata?: object,
  ): Promise<void> {
    const folder = join(this.root, `${this.driver}-images`, id);
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(bigData)) await writeFile(join(folder, bigDataFileName(name)), text);
    this.#images.push({
      id,
      names,
      ...(layer === undefined ? {} : { layer }),
      ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      'big-data-names': Object.keys(bigData),
      'big-data-digests': Object.fromEntries(
        Object.entries(bigData).map(([name, text]) => [name, `sha256:${sha256(text)}`]),
      ),
    });
    await this.write();
  }

  /** Writes the records as they are now. */
  async write(): Promise<void> {
    await mkdir(join(this.root, `${this.driver}-images`), { recursive: true });
    await mkdir(join(this.root, `${this.driver}-layers`), { recursive: true });
    await writeFile(join(this.root, `${this.driver}-images`, 'images.json'), JSON.stringify(this.#images));
    await writeFile(join(this.root, `${this.driver}-layers`, 'layers.json'), JSON.stringify(this.#layers));
  }

  removeLayers(): Promise<void> {
    this.#layers.length = 0;
    return this.write();
  }
}
