import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../../electron/policy/parse-policy.ts';

const anything = { type: 'insecureAcceptAnything' };
const signedBy = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/k' };
const parse = (value: unknown) => parsePolicy(typeof value === 'string' ? value : JSON.stringify(value), '/p.json');
const requirement = (value: object) => parse({ default: [value] }).byDefault[0];

describe('a policy of signatures', () => {
  it('has a default, and requirements by transport and scope', () => {
    const policy = parse({
      default: [{ type: 'reject' }],
      transports: { dir: { '': [anything], '/srv': [signedBy] } },
    });
    expect(policy.byDefault).toEqual([{ type: 'reject' }]);
    expect(policy.transports.get('dir')?.get('')).toEqual([anything]);
    expect(policy.transports.get('dir')?.get('/srv')?.[0]).toMatchObject({
      keys: { paths: ['/k'], contents: [] },
      identity: { type: 'matchRepoDigestOrExact' },
    });
  });

  it('knows what it cannot check, and says so only when it is asked for', () => {
    const fulcio = { caPath: '/c', oidcIssuer: 'https://issuer', subjectEmail: 'a@b' };
    const sigstore = { type: 'sigstoreSigned', fulcio, rekorPublicKeyPath: '/r' };
    expect(requirement(sigstore)).toEqual({ type: 'sigstoreSigned', unsupported: 'fulcio' });
    expect(requirement({ ...signedBy, keyType: 'signedByGPGKeys' })).toMatchObject({ unsupported: expect.anything() });
    expect(requirement({ type: 'signedBaseLayer', baseLayerIdentity: {} })).toMatchObject({ type: 'signedBaseLayer' });
  });

  it.each<[string, unknown, RegExp]>([
    ['no default', {}, /default/],
    ['an empty list', { default: [] }, /must not be empty/],
    ['a field that nobody knows', { default: [anything], other: 1 }, /other/],
    ['a requirement with a field more', { default: [{ ...anything, other: 1 }] }, /default\.0.*other/],
    ['an unknown requirement', { default: [{ type: 'trustMe' }] }, /default\.0/],
    ['a field twice', '{"default":[{"type":"reject"}],"default":[{"type":"insecureAcceptAnything"}]}', /twice/],
    ['no key', { default: [{ type: 'signedBy', keyType: 'GPGKeys' }] }, /exactly one of keyPath/],
    ['two keys', { default: [{ ...signedBy, keyData: 'AA==' }] }, /exactly one of keyPath/],
    ['an unknown type of key', { default: [{ ...signedBy, keyType: 'PGP' }] }, /keyType/],
    ['a key that is not base64', { default: [{ type: 'signedBy', keyType: 'GPGKeys', keyData: '%' }] }, /keyData/],
    ['an identity of null', { default: [{ ...signedBy, signedIdentity: null }] }, /signedIdentity/],
    [
      'an exact reference without a tag',
      { default: [{ ...signedBy, signedIdentity: { type: 'exactReference', dockerReference: 'a.example/b' } }] },
      /dockerReference/,
    ],
    [
      'a prefix with a tag',
      { default: [{ ...signedBy, signedIdentity: { type: 'remapIdentity', prefix: 'a.b/c:1', signedPrefix: 'a.b' } }] },
      /prefix/,
    ],
    ['a scope of dir: that is not absolute', { default: [anything], transports: { dir: { srv: [anything] } } }, /srv/],
    ['the root as a scope', { default: [anything], transports: { dir: { '/': [anything] } } }, /empty scope/],
    ['a path with dots', { default: [anything], transports: { oci: { '/a/../b:1': [anything] } } }, /shortest/],
    [
      'a scope of archives',
      { default: [anything], transports: { 'docker-archive': { '/a': [anything] } } },
      /no scopes/,
    ],
    ['no JSON', '{', /not valid/],
  ])('with %s is refused whole', (_what, value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});
