import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSamePlace,
  resolveLocation,
  resolveUpload,
  withDigest,
} from '../../../../../electron/registry/answers/location.ts';
import { offsetToGoOn, parseUploadRange } from '../../../../../electron/registry/answers/range.ts';
import { warningTexts } from '../../../../../electron/registry/answers/warnings.ts';
import { redact, shownText } from '../../../../../electron/registry/http/redact.ts';
import { DIGEST } from '../scripted-server.ts';

describe('the Range of an upload', () => {
  it('says how many bytes the registry has, the last one included', () => {
    expect(parseUploadRange('0-999', 500)).toBe(1000);
    expect(parseUploadRange('bytes=0-9', 0)).toBe(10);
    expect(parseUploadRange(' 0 - 9 ', 0)).toBe(10);
  });

  it('takes 0-0 for an empty upload unless one byte was sent', () => {
    expect(parseUploadRange('0-0', 0)).toBe(0);
    expect(parseUploadRange('0-0', 1)).toBe(1);
    expect(parseUploadRange('0--1', 0)).toBe(0);
  });

  it('is unknown when it is missing, does not begin at 0 or is no number', () => {
    for (const header of [undefined, '', '5-9', '0-', 'x', '0-99999999999999999999', '0-1,3-4'])
      expect(parseUploadRange(header, 7)).toBeUndefined();
  });

  it.each([
    ['is believed when it is more than what was taken', 150, 100, undefined, 150],
    ['is one byte too high', 101, 100, undefined, 100],
    ['is that of the last part, or stands still', 40, 100, undefined, 100],
    ['is missing', undefined, 100, undefined, 100],
    ['is missing, and nothing was taken', undefined, 0, undefined, undefined],
    ['is believed after a refusal', 40, 100, 100, 40],
    ['is where it was refused', 101, 100, 101, undefined],
    ['is missing after a refusal', undefined, 100, 100, undefined],
  ])('tells where to go on: when it %s', (_, reported, taken, refusedAt, expected) => {
    expect(offsetToGoOn(reported, taken, refusedAt)).toBe(expected);
  });

  it('gives back every offset above one, and a safe number or nothing for any text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 50 }), fc.nat(), (size, hint) => {
        expect(parseUploadRange(`0-${size - 1}`, hint)).toBe(size);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(parseUploadRange(text, 3) ?? 0).toSatisfy(
          (offset: number) => Number.isSafeInteger(offset) && offset >= 0,
        );
      }),
    );
  });
});

describe('the Location of an upload', () => {
  const base = new URL('https://registry.test/v2/a/blobs/uploads/');

  it('may be relative or absolute and keeps its query byte for byte', () => {
    expect(resolveLocation('/v2/a/blobs/uploads/1?_state=a%2Bb~c%3D', base, 'r').href).toBe(
      'https://registry.test/v2/a/blobs/uploads/1?_state=a%2Bb~c%3D',
    );
    expect(resolveLocation('1?x=y', base, 'r').href).toBe('https://registry.test/v2/a/blobs/uploads/1?x=y');
    expect(resolveLocation('https://storage.test/u?sig=%2F', base, 'r').href).toBe('https://storage.test/u?sig=%2F');
  });

  it('gets the digest added after the query, or as the query', () => {
    const encoded = DIGEST.replace(':', '%3A');
    expect(withDigest('https://r/u?_state=a%2Bb', DIGEST).href).toBe(`https://r/u?_state=a%2Bb&digest=${encoded}`);
    expect(withDigest('https://r/u', DIGEST).href).toBe(`https://r/u?digest=${encoded}`);
  });

  it('is the same place with and without :443', () => {
    const written = new URL('https://registry.test:443/v2/');
    expect(isSamePlace(resolveLocation('https://registry.test/v2/u', written, 'r'), written)).toBe(true);
    expect(isSamePlace(new URL('https://registry.test:5000/'), base)).toBe(false);
  });

  it('is the same place by https where the registry was asked by http, and not the other way round', () => {
    const plain = new URL('http://registry.test:5000/v2/');
    expect(isSamePlace(new URL('https://registry.test/u'), plain)).toBe(true);
    expect(isSamePlace(new URL('https://storage.test/u'), plain)).toBe(false);
    expect(isSamePlace(new URL('http://registry.test:5001/u'), plain)).toBe(false);
    expect(isSamePlace(new URL('http://registry.test/u'), base)).toBe(false);
  });

  it('is the registry’s own where it leaves the scheme out', () => {
    const there = new URL('https://registry.test:5000/v2/a/blobs/uploads/');
    for (const host of ['registry.test', 'registry.test:5000'])
      expect(resolveUpload(`${host}/v2/u?x=%2F`, there, 'r').href).toBe('https://registry.test:5000/v2/u?x=%2F');
    expect(resolveUpload('other.test/v2/u', there, 'r').hostname).toBe('registry.test');
  });

  it('is refused from https to http, and when it is missing or not an address', () => {
    expect(() => resolveLocation('http://registry.test/u', base, 'r')).toThrow(
      expect.objectContaining({ code: 'REDIRECT_REFUSED' }),
    );
    expect(() => resolveLocation(undefined, base, 'r')).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
    expect(() => resolveLocation('ftp://registry.test/u', base, 'r')).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_ERROR' }),
    );
    expect(() => resolveLocation('https://[', base, 'r')).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
  });

  it.each([
    '169.254.169.254',
    '2852039166',
    '0xa9.0376.43518',
    '１６９.254.169.254.',
    '[fe80::1]',
    '[FEBF::a:1]',
    '[::ffff:169.254.169.254]',
    '[::169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::1]',
  ])('never leads to a link-local address: %s', (host) => {
    expect(() => resolveLocation(`https://${host}/u`, base, 'r')).toThrow(
      expect.objectContaining({ code: 'REDIRECT_REFUSED' }),
    );
    const there = new URL(`https://${host}/v2/`);
    expect(resolveLocation('/v2/u', there, 'r').hostname).toBe(there.hostname);
  });

  it.each(['169.253.1.1', '[fec0::1]', '[::ffff:169.255.0.1]', 'fe80.test'])('may lead to %s', (host) => {
    expect(resolveLocation(`https://${host}/u`, base, 'r').pathname).toBe('/u');
  });

  it('never keeps user info that the other side put into it', () => {
    expect(resolveLocation('https://mallory:x@registry.test/u', base, 'r').href).toBe('https://registry.test/u');
  });

  it('is followed for every https address and refused for every http one', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (text) => {
        const resolve = (): string => resolveLocation(text, base, 'r').protocol;
        if (text.startsWith('http:')) expect(resolve).toThrow(expect.objectContaining({ code: 'REDIRECT_REFUSED' }));
        else expect(resolve()).toBe('https:');
      }),
    );
    // Most of the time goes into making the addresses.
  }, 60_000);
});

describe('texts of the other side', () => {
  it('lose what is secret', () => {
    const text =
      'Authorization: Bearer abc.def-ghi, then "Basic dXNlcjpwYXNzd29yZA==" and https://u:pw@host/x?X-Amz-Signature=1234 {"token":"eyJhbGciOi"} password=hunter2&x=1';
    const cleaned = redact(text);
    for (const secret of ['abc.def', 'dXNlcjpw', 'u:pw', '1234', 'eyJhbGciOi', 'hunter2'])
      expect(cleaned).not.toContain(secret);
    expect(cleaned).toContain('https://host/x?…');
    const sentence = 'Basic authentication is disabled, and no bearer credentials were given';
    expect(redact(sentence)).toBe(sentence);
  });

  it('are one line without control characters, of bounded length', () => {
    expect(shownText('a\u001b[31mb\r\nc\u0000')).toBe('a [31mb c');
    expect(shownText('x'.repeat(10_000)).length).toBeLessThanOrEqual(501);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(shownText(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('give the text of 299 warnings only', () => {
    expect(warningTexts('299 - "Your \\"plan\\" ends", 110 - "stale", 299 host "again"')).toEqual([
      'Your "plan" ends',
      'again',
    ]);
    expect(warningTexts(['299 - "one"', '299 - "two"'])).toEqual(['one', 'two']);
    expect(warningTexts('nonsense')).toEqual([]);
  });
});
