import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalImage } from '../../../../../electron/image/types.ts';
import { countKinds } from '../../../../../electron/transfers/content/companion-kinds.ts';
import type { ExportRequest } from '../../../../../electron/transfers/types.ts';
import { LayoutWriter } from '../../../../fixtures/layouts.ts';
import { destination } from '../../../../fixtures/outgoing.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import { run } from '../../../../fixtures/tools.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';

let folder: TempDir;
let pusher: Pusher;
beforeEach(async () => {
  folder = await makeTempDir('export-companions');
  pusher = makePusher();
});
afterEach(async () => {
  await pusher[Symbol.asyncDispose]();
  await folder.remove();
});

const at = (name: string) => join(folder.path, name);
const opened = async (path: string, name: string): Promise<LocalImage> =>
  (await requestFor(path, 'localhost/unused:1', { name })).openImage(new AbortController().signal);

/** Two images, one with an SBOM, a signature of that, and a signature under the tag of cosign. */
async function signedLayout(docker = false) {
  const layout = await LayoutWriter.create(at('signed'));
  const image = await layout.image({ docker });
  const other = await layout.image({ seed: 'other' });
  const sbom = await layout.artifact({ artifactType: 'application/spdx+json', subject: image });
  const signature = await layout.artifact({ artifactType: 'application/vnd.example.signature', subject: sbom });
  const cosign = await layout.artifact({ files: [{ content: 'payload' }] });
  layout.list(image, { refName: '1' }).list(other, { refName: '2' }).list(signature).list(sbom);
  return layout.list(cosign, { refName: `${image.digest.replace(':', '-')}.sig` }).finish();
}

async function told(path: string, text: string, options: ExportRequest['options'], names = ['1']) {
  const [first, ...others] = await Promise.all(
    names.map(async (name) => ({ ...(await requestFor(path, 'localhost/unused:1', { name })), references: [name] })),
  );
  if (!first) throw new Error('no image');
  const request = { images: [first, ...others], destination: destination(text), options } satisfies ExportRequest;
  const { images } = await pusher.service.previewExport(request);
  const { job } = await pusher.service.settled(pusher.service.start(request));
  return { job, preview: images.map(({ companions }) => companions), behind: job.result?.notes ?? [] };
}

async function unpacked(archive: string): Promise<string> {
  await mkdir(at('unpacked'));
  await run('tar', ['-xf', archive, '-C', at('unpacked')]);
  return at('unpacked');
}

const ALL = { signature: 2, sbom: 1, attestation: 0, other: 0 };

describe('what belongs to an image goes with an export that was asked to take it along', () => {
  it.each([
    ['oci', async (path: string) => path],
    ['oci-archive', unpacked],
  ])('to %s:, where it is found again', async (transport, layoutOf) => {
    const path = await signedLayout();
    const { job, preview, behind } = await told(path, `${transport}:${at('out')}:1`, { referrers: true });
    expect(job).toMatchObject({ state: 'done', result: { companions: 3 } });
    expect([preview, behind]).toEqual([[3], []]);
    const layout = await layoutOf(at('out'));
    expect(await countKinds(await opened(layout, '1'))).toEqual(ALL);
    // From there it goes on.
    const further = await told(layout, `oci:${at('further')}:1`, { referrers: true });
    expect(further.job.result).toMatchObject({ companions: 3, notes: [] });
  });

  it('with several images of one layout, each once', async () => {
    const path = await signedLayout();
    const { job, preview } = await told(path, `oci:${at('out')}`, { referrers: true }, ['1', '2']);
    expect(job).toMatchObject({ state: 'done', result: { companions: 3, notes: [] } });
    expect(preview).toEqual([3, 0]);
    expect(await countKinds(await opened(at('out'), '1'))).toEqual(ALL);
    expect(await countKinds(await opened(at('out'), '2'))).toEqual({ ...ALL, signature: 0, sbom: 0 });
  });

  it.each([
    ['a destination that has no place for it', 'docker-archive', {}, false],
    ['an image that is converted on the way', 'oci', {}, true],
    ['an export without signatures', 'oci', { removeSignatures: true }, false],
  ])('but not to %s, which is said', async (_, transport, options, docker) => {
    const path = await signedLayout(docker);
    const { job, behind } = await told(path, `${transport}:${at('out')}`, { referrers: true, ...options });
    expect(job).toMatchObject({ state: 'done', result: { companions: 0 } });
    expect(behind).toContainEqual({ kind: 'behind', count: 2 });
  });
});
