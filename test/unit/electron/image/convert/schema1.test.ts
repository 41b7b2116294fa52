import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signManifest } from '../../../../../electron/image/convert/schema1-signature.ts';
import { parseSchema1 } from '../../../../../electron/image/schema1.ts';
import { digestOf } from '../../../../../electron/image/verify.ts';
import { PushboatError } from '../../../../../shared/errors.ts';
import { MediaType } from '../../../../../shared/media-types.ts';
import { verifySchema1 } from '../../../../fixtures/verify-signature.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signer = { privateKey, time: new Date('2026-01-02T03:04:05.678Z') };
const BLOB = digestOf(Buffer.from('layer'));

function document(more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    schemaVersion: 1,
    name: 'acme/web',
    tag: '1',
    architecture: 'amd64',
    fsLayers: [{ blobSum: BLOB }, { blobSum: BLOB }],
    history: [{ v1Compatibility: '{"id":"b","parent":"a"}' }, { v1Compatibility: '{"id":"a"}' }],
    ...more,
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);

function fault(text: string | Uint8Array): PushboatError {
  try {
    parseSchema1(typeof text === 'string' ? bytes(text) : text, { path: '/x/manifest.json' });
  } catch (error) {
    if (error instanceof PushboatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a signature', () => {
  it('verifies by the published format, and is for the manifest without it', () => {
    const payload = document();
    const signed = signManifest(payload, signer);
    const verified = verifySchema1(signed);
    expect(verified.payload).toBe(payload);
    expect(verified.time).toBe('2026-01-02T03:04:05Z');
    expect(verified.keyId).toMatch(/^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/);
    expect(parseSchema1(signed)).toMatchObject({
      mediaType: MediaType.dockerManifestV1Signed,
      digest: digestOf(bytes(payload)),
    });
  });

  it('does not verify for other content', () => {
    const signed = Buffer.from(signManifest(document(), signer)).toString();
    expect(() => verifySchema1(bytes(signed.replace('"amd64"', '"arm64"')))).toThrow('does not verify');
  });

  it('verifies for any name, tag and history', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (name, v1) => {
        const payload = document({
          name,
          history: [{ v1Compatibility: JSON.stringify({ id: v1 }) }],
          fsLayers: [{ blobSum: BLOB }],
        });
        expect(verifySchema1(signManifest(payload, signer)).payload).toBe(payload);
      }),
      { seed: 7, numRuns: 50 },
    );
  });
});

describe('parseSchema1', () => {
  it('turns the entries round, so that the base comes first', () => {
    const { entries, mediaType, name, tag } = parseSchema1(bytes(document()));
    expect(entries.map(({ id }) => id)).toEqual(['a', 'b']);
    expect({ mediaType, name, tag }).toEqual({ mediaType: MediaType.dockerManifestV1, name: 'acme/web', tag: '1' });
  });

  it.each([
    [
      'a history of another length',
      { history: [{ v1Compatibility: '{}' }] },
      'history: has 1 entries, while fsLayers has 2',
    ],
    ['no layers', { fsLayers: [], history: [] }, 'fsLayers'],
    ['a digest that is none', { fsLayers: [{ blobSum: 'sha256:../../x' }, { blobSum: BLOB }] }, 'fsLayers[0].blobSum'],
    [
      'an entry that is not JSON',
      { history: [{ v1Compatibility: '{' }, { v1Compatibility: '{}' }] },
      'history[0].v1Compatibility',
    ],
    [
      'an entry that is no object',
      { history: [{ v1Compatibility: '{}' }, { v1Compatibility: '[]' }] },
      'history[1].v1Compatibility',
    ],
    [
      'a command that is no list',
      { history: [{ v1Compatibility: '{"container_config":{"Cmd":1}}' }, { v1Compatibility: '{}' }] },
      'container_config.Cmd',
    ],
    ['a signature without its header', { signatures: [{}] }, 'signatures[0].protected'],
    [
      'a signed length beyond the end',
      { signatures: [{ protected: Buffer.from('{"formatLength":99999,"formatTail":"fQ"}').toString('base64url') }] },
      'formatLength',
    ],
    ['a version that it is not', { schemaVersion: 3 }, 'schemaVersion'],
  ])('refuses %s and names the field', (_, more, field) => {
    const error = fault(document(more));
    expect(['MANIFEST_INVALID', 'DIGEST_INVALID']).toContain(error.code);
    expect(error.message).toContain(field);
    expect(error.facts.path).toBe('/x/manifest.json');
  });

  it('answers any document with a result or a PushboatError', () => {
    const valid = document();
    const damaged = fc
      .tuple(fc.nat(valid.length), fc.nat(12), fc.string({ maxLength: 6 }))
      .map(([at, length, text]) => valid.slice(0, at) + text + valid.slice(at + length));
    const shaped = fc.record({
      schemaVersion: fc.constant(1),
      fsLayers: fc.jsonValue(),
      history: fc.jsonValue(),
      signatures: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          damaged,
          shaped.map((value) => JSON.stringify(value)),
          fc.json(),
        ),
        (text) => {
          try {
            expect(parseSchema1(bytes(text)).entries.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(PushboatError);
          }
        },
      ),
      { seed: 7, numRuns: 1000 },
    );
  });
});
