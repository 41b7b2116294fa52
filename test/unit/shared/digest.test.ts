import { expect, it } from 'vitest';
import { digestAlgorithm, digestHex, isDigest, parseDigest, shortDigest } from '../../../shared/digest.ts';

const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const SHA512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

it.each([SHA256, SHA512])('accepts %s', (text) => {
  expect(parseDigest(text)).toBe(text);
});

it.each([
  '',
  'sha256:',
  'sha256:../../etc/passwd',
  SHA256.toUpperCase(),
  SHA256.slice(0, -1),
  `${SHA256}0`,
  `${SHA256}\n`,
  `md5:${'0'.repeat(32)}`,
  SHA512.replace('sha512', 'sha256'),
])('refuses %j', (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }));
});

it('takes a digest apart', () => {
  const digest = parseDigest(SHA512);
  expect(digestAlgorithm(digest)).toBe('sha512');
  expect(digestHex(digest)).toHaveLength(128);
  expect(shortDigest(digest)).toBe('0123456789ab');
});
