import { describe, expect, it } from 'vitest';
import { signatureLayers, signatureTag, withSignature } from '../../../../electron/signatures/attachment.ts';
import { parseDigest } from '../../../../shared/digest.ts';
import { vector } from '../../../fixtures/vectors.ts';

const payload = vector('sigstore/payload.json').subarray(0, 304);
const made = JSON.parse(vector('sigstore/signature-manifest.json').toString());
const text: string = made.layers[0].annotations['dev.cosignproject.cosign/signature'];
const signature = Buffer.from(text, 'base64');
const json = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString());

describe('the manifest of sigstore signatures', () => {
  it('is under the tag that the digest gives', () => {
    expect(signatureTag(parseDigest(`sha256:${'a'.repeat(64)}`))).toBe(`sha256-${'a'.repeat(64)}.sig`);
  });

  it('is the one that skopeo makes, to the byte', () => {
    const attachment = withSignature({ payload, signature });
    const manifest = vector('sigstore/signature-manifest.json').toString().trim();
    expect(Buffer.from(attachment?.manifest ?? []).toString()).toBe(manifest);
    const config = vector('sigstore/signature-config.json').toString().trim();
    expect(attachment?.blobs.map((blob) => Buffer.from(blob).toString())).toEqual([payload.toString(), config]);
  });

  it('keeps what is there, whatever other tools wrote, and adds no signature twice', () => {
    const first = withSignature({ payload, signature });
    const manifest = Buffer.from(
      JSON.stringify({
        ...json(first?.manifest),
        annotations: { a: 'b' },
        layers: [{ ...json(first?.manifest).layers[0], data: 'AA==', other: 1 }],
      }),
    );
    const config = first?.blobs[1] ?? Buffer.from('');
    expect(withSignature({ payload, signature }, { manifest, config })).toBeUndefined();
    const second = withSignature({ payload, signature: Buffer.from('another') }, { manifest, config });
    expect(json(second?.manifest)).toMatchObject({ annotations: { a: 'b' }, layers: [{ other: 1 }, {}] });
    expect(json(second?.blobs[1]).rootfs.diff_ids).toHaveLength(2);
    const layers = signatureLayers(second?.manifest ?? Buffer.from(''));
    expect(layers.map((each) => Buffer.from(each.signature).toString('base64'))).toEqual([
      text,
      Buffer.from('another').toString('base64'),
    ]);
  });
});
