import { describe, expect, it } from 'vitest';
import { type Claim, parsePayload, payloadOf } from '../../../../electron/signatures/payload.ts';
import { parseStrictJson } from '../../../../electron/signatures/strict-json.ts';
import { parseDigest } from '../../../../shared/digest.ts';
import { vector } from '../../../fixtures/vectors.ts';

const claim: Claim = {
  digest: parseDigest('sha256:a3ea701a231770931e378aca2ffbf13fd1922f1cfcc14f475cb014830a8b54af'),
  reference: 'registry.example.test/acme/web:1',
};

describe('the payload of a signature', () => {
  it('has the bytes that skopeo writes', () => {
    const bytes = payloadOf('sigstore', claim, { creator: 'containers/image 5.39.1', seconds: 1_795_636_601 });
    expect(Buffer.from(bytes).toString()).toBe(vector('sigstore/payload.json').toString().trim());
    const simple = payloadOf('simple', claim, { creator: 'atomic 5.23.1', seconds: 1_795_636_602 });
    expect(Buffer.from(simple).toString()).toBe(vector('simple-signing/payload.json').toString().trim());
  });

  it('is understood as it was written', () => {
    expect(parsePayload('sigstore', vector('sigstore/payload.json'))).toEqual(claim);
    expect(parsePayload('simple', vector('simple-signing/payload.json'))).toEqual(claim);
  });

  const critical = {
    type: 'atomic container signature',
    image: { 'docker-manifest-digest': claim.digest },
    identity: { 'docker-reference': claim.reference },
  };
  const parse = (value: unknown) =>
    parsePayload('simple', Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

  it.each([
    ['a field that nobody knows', { critical: { ...critical, more: 1 }, optional: {} }, /critical/],
    ['the other kind of signature', { critical: { ...critical, type: 'cosign' }, optional: {} }, /type "cosign"/],
    ['no digest', { critical: { ...critical, image: { 'docker-manifest-digest': 'x' } }, optional: {} }, /digest/],
    ['no optional part', { critical }, /optional/],
    ['no JSON', '{', /not JSON/],
    ['a field twice', JSON.stringify({ critical, optional: {} }).replace('{', '{"optional":{},'), /"optional".*twice/],
  ])('is refused with %s', (_what, value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});

describe('strict JSON', () => {
  it('takes what differs in its place or is no field', () => {
    const text = '{"a":{"a":["a","a"]},"b":[{"a":1},{"a":2}],"c":"a\\"","d":":"}';
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each(['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"x":{"b":1,"c":[],"b":2}}]', '{"__proto__":1,"__proto__":2}'])(
    'refuses %s',
    (text) => {
      expect(() => parseStrictJson(text)).toThrow('there twice');
    },
  );
});
