import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestHex } from '../../shared/digest.ts';
import { MediaType } from '../../shared/media-types.ts';
import { LAYOUT_INDEX, LAYOUT_MARKER } from '../image/layout/file-names.ts';
import { tarEnd, tarHeader, tarPadding } from '../image/tar/write-header.ts';
import { digestOf } from '../image/verify.ts';

/** Layers as an image of a small service has them; random bytes, so that their size is what goes over the wire. */
const LAYERS = [
  { file: 'rootfs.bin', size: 6_500_000, createdBy: 'ADD rootfs.tar.xz /' },
  { file: 'srv/packages.bin', size: 3_000_000, createdBy: 'RUN npm ci --omit=dev' },
  { file: 'srv/public.bin', size: 800_000, createdBy: 'COPY public /srv/public' },
  { file: 'srv/app.bin', size: 200_000, createdBy: 'COPY app /srv/app' },
];

/** Writes a small image as an OCI layout; `reference` is what it calls itself. */
export async function writeSample(folder: string, reference: string): Promise<void> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const blob = async (mediaType: string, bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    await writeFile(join(folder, 'blobs', 'sha256', digestHex(digest)), bytes);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const tars = LAYERS.map(({ file, size }) =>
    Buffer.concat([tarHeader(file, size), randomBytes(size), tarPadding(size), tarEnd()]),
  );
  const layers = await Promise.all(tars.map((tar) => blob(MediaType.ociLayerGzip, gzipSync(tar, { level: 1 }))));
  const created = new Date().toISOString();
  const config = await blob(
    MediaType.ociConfig,
    json({
      created,
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['/srv/app'], Labels: { 'org.opencontainers.image.title': 'hello' } },
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
      history: LAYERS.map(({ createdBy }) => ({ created, created_by: createdBy })),
    }),
  );
  const mediaType = MediaType.ociManifest;
  const manifest = await blob(mediaType, json({ schemaVersion: 2, mediaType, config, layers }));
  const annotations = { 'org.opencontainers.image.ref.name': reference };
  await writeFile(join(folder, LAYOUT_MARKER), json({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(folder, LAYOUT_INDEX), json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
