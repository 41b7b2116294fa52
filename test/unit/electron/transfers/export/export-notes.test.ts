import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPushOutput } from '../../../../../electron/cli/push/output.ts';
import { printExportPreview } from '../../../../../electron/cli/push/preview-output.ts';
import type { ExportRequest } from '../../../../../electron/transfers/types.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { writeJsonBlob } from '../../../../fixtures/layout-blobs.ts';
import type { LayerOptions } from '../../../../fixtures/layout-layers.ts';
import { LayoutWriter, makeLayout } from '../../../../fixtures/layouts.ts';
import { destination } from '../../../../fixtures/outgoing.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { makeIo } from '../../cli/terminal.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';

let folder: TempDir;
let pusher: Pusher;
beforeEach(async () => {
  folder = await makeTempDir('export-notes');
  pusher = makePusher();
});
afterEach(async () => {
  await pusher[Symbol.asyncDispose]();
  await folder.remove();
});

async function requestTo(
  transport: string,
  path: string,
  { along, ...options }: ExportRequest['options'] & Pick<ExportRequest['images'][0], 'along'> = {},
): Promise<ExportRequest> {
  const image = await requestFor(path, 'localhost/unused:1', { name: 'latest' });
  const place = destination(`${transport}:${join(folder.path, 'out')}`);
  return { images: [{ ...image, ...(along ? { along } : {}) }], destination: place, options };
}

/** What the export and its preview say of the same request. */
async function told(request: ExportRequest) {
  const { images } = await pusher.service.previewExport(request);
  const { job } = await pusher.service.settled(pusher.service.start(request));
  return { result: job.result, before: images[0], error: job.error };
}

async function signed() {
  const layout = await LayoutWriter.create(join(folder.path, 'signed'));
  const image = await layout.image();
  const signature = await layout.artifact({ files: [{ content: 'signature' }] });
  layout.list(image, { refName: 'latest' }).list(signature, { refName: `${image.digest.replace(':', '-')}.sig` });
  return { path: await layout.list(await layout.artifact({ subject: image })).finish(), signature };
}

describe('an export and its preview say', () => {
  it('nothing of an image that is written as it is', async () => {
    const { path } = await makeLayout(join(folder.path, 'plain'));
    const { result, before } = await told(await requestTo('oci', path));
    expect([result?.notes, before?.differs, before?.conversion]).toEqual([[], [], undefined]);
  });

  it('that signatures stay in the store, but not those that are written with it', async () => {
    const { path, signature } = await signed();
    const alone = await told(await requestTo('oci', path));
    expect([alone.result?.notes, alone.before?.differs]).toEqual([
      [{ kind: 'behind', count: 2 }],
      [{ kind: 'behind', count: 2 }],
    ]);
    const along = await told(await requestTo('oci', path, { along: new Set([signature.digest]) }));
    expect([along.result?.notes, along.before?.differs]).toEqual([
      [{ kind: 'behind', count: 1 }],
      [{ kind: 'behind', count: 1 }],
    ]);
  });

  it('what an index lists besides its one image, and the manifest’s own format, where Docker takes neither', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'attested'));
    const image = await layout.image({
      platform: { os: 'linux', architecture: 'amd64' },
      annotations: { made: 'here' },
    });
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const attestation = {
      ...(await layout.artifact()),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations,
    };
    const path = await layout.list(await layout.index([image, attestation]), { refName: 'latest' }).finish();
    const { result, before } = await told(await requestTo('docker-archive', path));
    const conversion = { from: MediaType.ociIndex, to: MediaType.dockerManifest, lost: ['annotations'] };
    expect(before).toMatchObject({ conversion, differs: [{ kind: 'noIndex', count: 1 }] });
    expect(result?.notes).toEqual([
      { kind: 'noIndex', count: 1 },
      { kind: 'converted', from: MediaType.ociIndex, to: MediaType.dockerManifest, because: 'target' },
      { kind: 'lost', what: 'annotations', to: MediaType.dockerManifest },
    ]);
  });

  it('that layers which may not be distributed stay where their urls say', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'foreign'));
    const { config, layers } = await layout.image({ layers: 1 });
    const foreign = { ...layers[0], mediaType: MediaType.ociForeignLayer, urls: ['https://example.com/layer'] };
    const mediaType = MediaType.ociManifest;
    const image = await writeJsonBlob(layout.path, mediaType, {
      schemaVersion: 2,
      mediaType,
      config,
      layers: [foreign],
    });
    const path = await layout.list(image, { refName: 'latest' }).finish();
    const { result, before } = await told(await requestTo('oci-archive', path));
    expect([result?.notes, before?.differs]).toEqual([
      [{ kind: 'foreign', count: 1 }],
      [{ kind: 'foreign', count: 1 }],
    ]);
  });

  it.each([
    ['left where the bytes are kept', 'dir', {}, 'mistyped'],
    ['put right where layers are compressed', 'oci', { compression: { format: 'gzip' } }, 'retyped'],
    ['put right where the manifest is converted', 'dir', { format: 'v2s2' }, 'retyped'],
  ] as const)('that a media type is wrong: %s', async (_what, transport, options, kind) => {
    const layers: LayerOptions[] = [{ compression: 'gzip', calledType: MediaType.ociLayer }, { compression: 'none' }];
    const { path } = await makeLayout(join(folder.path, 'mixed'), { layers });
    const { result, before } = await told(await requestTo(transport, path, options));
    expect(result?.notes[0]).toEqual({ kind, count: 1 });
    expect(before?.differs).toEqual([{ kind, count: 1 }]);
  });
});

it('the command line says it before and after, with -q on standard error, and to programs', async () => {
  const { path } = await signed();
  const request = await requestTo('oci', path);
  const preview = await pusher.service.previewExport(request);
  const snapshot = await pusher.service.settled(pusher.service.start(request));
  const sentence = '2 signatures and artifacts about the image left in its store.';
  const [lines, quiet, json] = [makeIo(), makeIo(), makeIo()];
  for (const [options, { io }] of [
    [{}, lines],
    [{ quiet: true }, quiet],
    [{ json: true }, json],
  ] as const) {
    printExportPreview(preview, options, io);
    createPushOutput(options, io).end([snapshot]);
  }
  expect(lines.stdout().split(`Note: ${sentence}`)).toHaveLength(3);
  expect(quiet.stderr()).toBe(`Note: ${sentence}\n`.repeat(2));
  expect(quiet.stdout()).not.toContain(sentence);
  const [before, after] = json
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const note = { kind: 'behind', count: 2, message: sentence };
  expect(before).toMatchObject({ images: [{ differs: [note] }] });
  expect(after).toMatchObject({ notes: [note] });
});
