import { describe, expect, it, vi } from 'vitest';
import { countKinds } from '../../../../../electron/transfers/content/companion-kinds.ts';
import type { TransferOptions } from '../../../../../shared/transfer-options.ts';
import { LayoutWriter } from '../../../../fixtures/layouts.ts';
import { makePusher, requestFor } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

/** An image with an SBOM, a signature of that, and a signature under the tag of cosign. */
async function signedLayout() {
  const layout = await LayoutWriter.create(rig.path('layout'));
  const image = await layout.image();
  const sbom = await layout.artifact({ artifactType: 'application/spdx+json', subject: image });
  const signature = await layout.artifact({ artifactType: 'application/vnd.example.signature', subject: sbom });
  const cosign = await layout.artifact({ files: [{ content: 'payload' }] });
  const tag = `${image.digest.replace(':', '-')}.sig`;
  layout.list(image, { refName: '1' }).list(signature).list(sbom).list(cosign, { refName: tag });
  return { path: await layout.finish(), image, sbom, signature, cosign, tag };
}

const push = (path: string, options: TransferOptions) => rig.push(path, 'acme/web:1', { name: '1', options });
const behind = expect.objectContaining({ kind: 'behind' });

describe('what belongs to an image', () => {
  it('stays behind without a word from the person, and that is said', async () => {
    const { path, sbom } = await signedLayout();
    const { job } = await push(path, {});
    expect(job.result?.notes).toContainEqual(behind);
    expect(rig.registry.manifest('acme/web', sbom.digest)).toBeUndefined();
  });

  it('goes along after the image when it is asked for, each with its digest, whatever is about what', async () => {
    const { path, image, sbom, signature, cosign, tag } = await signedLayout();
    const { job } = await push(path, { referrers: true });
    expect(job).toMatchObject({ state: 'done', result: { companions: 3 } });
    expect(job.result?.notes).not.toContainEqual(behind);
    for (const { digest } of [sbom, signature]) expect(rig.registry.manifest('acme/web', digest)).toBeDefined();
    expect(rig.registry.tags('acme/web').get(tag)).toBe(cosign.digest);
    const puts = rig.requests('PUT', /\/manifests\//).map(({ path: to }) => to.replace(/.*\//, ''));
    expect(puts[0]).toBe('1');
    expect(puts.indexOf(sbom.digest)).toBeLessThan(puts.indexOf(signature.digest));
    expect(rig.registry.tags('acme/web').get('1')).toBe(image.digest);
  });

  it('is told by its kind: by the tag of cosign, or by the type of the artifact', async () => {
    const { path } = await signedLayout();
    const { openImage } = await requestFor(path, rig.target('acme/web:1'), { name: '1' });
    expect(await countKinds(await openImage())).toEqual({ signature: 2, sbom: 1, attestation: 0, other: 0 });
  });

  it('is all left out with --remove-signatures', async () => {
    const { path } = await signedLayout();
    await push(path, { referrers: true, removeSignatures: true });
    expect(rig.registry.manifests('acme/web').size).toBe(1);
  });

  it('is listed under the referrers tag where the registry has no such API, with what others list there', async () => {
    rig.registry.quirks.referrers = false;
    const { path, image, sbom } = await signedLayout();
    const list = image.digest.replace(':', '-');
    // The first list is overwritten by somebody else as soon as it is there.
    const fault = rig.registry.faults.add({
      on: { method: 'PUT', path: new RegExp(`manifests/${list}$`) },
      action: { kind: 'answer', status: 201 },
    });
    const { job } = await push(path, { referrers: true });
    expect({ state: job.state, struck: fault.struck }).toEqual({ state: 'done', struck: 1 });
    const index = JSON.parse(Buffer.from(rig.registry.manifest('acme/web', list)?.manifest.bytes ?? []).toString());
    expect(index.manifests.map(({ digest }: { digest: string }) => digest)).toEqual([sbom.digest]);
  });

  it('is gone on with where it was when one of it was refused, without the image being sent again', async () => {
    const { path, signature } = await signedLayout();
    rig.registry.faults.add({
      on: { method: 'PUT', path: new RegExp(`manifests/${signature.digest}$`) },
      action: { kind: 'answer', status: 400, body: { errors: [{ code: 'MANIFEST_INVALID', message: 'not now' }] } },
    });
    await using pusher = makePusher();
    const options = { referrers: true };
    const { job } = await rig.push(path, 'acme/web:1', { name: '1', options, pusher });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'MANIFEST_REJECTED' } });
    expect(rig.registry.tags('acme/web').has('1')).toBe(true);
    const uploads = rig.requests('POST', /uploads/).length;
    pusher.service.resume(job.id);
    const again = await pusher.service.settled(job.id);
    expect(again.job).toMatchObject({ state: 'done', result: { companions: 3 } });
    expect(rig.requests('POST', /uploads/)).toHaveLength(uploads);
  });

  it('is left out from where a push is cancelled', async () => {
    const { path, sbom, signature } = await signedLayout();
    const held = rig.registry.faults.add({
      on: { method: 'PUT', path: new RegExp(`manifests/${sbom.digest}$`) },
      action: { kind: 'stall' },
    });
    await using pusher = makePusher();
    const request = await requestFor(path, rig.target('acme/web:1'), { name: '1', options: { referrers: true } });
    const id = pusher.service.start(request);
    await vi.waitUntil(() => held.struck === 1, { timeout: 20_000 });
    await pusher.service.cancel(id);
    expect((await pusher.service.settled(id)).job.state).toBe('cancelled');
    expect(rig.registry.manifest('acme/web', signature.digest)).toBeUndefined();
  });

  it('is brought by a later push of an image that is there already', async () => {
    const { path, sbom } = await signedLayout();
    await push(path, {});
    const { job, layers } = await push(path, { referrers: true });
    expect(job.state).toBe('done');
    expect(rig.registry.manifest('acme/web', sbom.digest)).toBeDefined();
    expect(layers.filter(({ state }) => state === 'waiting')).toEqual([]);
  });
});
