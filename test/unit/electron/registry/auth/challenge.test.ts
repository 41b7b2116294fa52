import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../../../electron/registry/auth/challenge.ts';

describe('WWW-Authenticate', () => {
  it('gives realm, service and scope of a Bearer challenge', () => {
    const header =
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:team/app:pull,push"';
    expect(parseChallenges(header)).toEqual([
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:team/app:pull,push',
        },
      },
    ]);
  });

  it('reads several schemes in one header and in several headers', () => {
    const schemes = (header: string | string[]): string[] => parseChallenges(header).map(({ scheme }) => scheme);
    expect(schemes('Basic realm="a, b", Bearer realm="https://t",service=s')).toEqual(['basic', 'bearer']);
    expect(schemes(['Negotiate', 'Basic realm=x', 'BEARER realm="https://t"'])).toEqual([
      'negotiate',
      'basic',
      'bearer',
    ]);
    expect(schemes('Negotiate, NTLM, Basic realm=x')).toEqual(['negotiate', 'ntlm', 'basic']);
  });

  it('takes any letter case, spaces around equals signs, escaped quotes and unquoted values', () => {
    expect(parseChallenges('bEaReR REALM = "https://a/\\"t\\"" ,Service=plain,  error="insufficient_scope"')).toEqual([
      { scheme: 'bearer', parameters: { realm: 'https://a/"t"', service: 'plain', error: 'insufficient_scope' } },
    ]);
  });

  it('keeps unquoted addresses and token68 values whole', () => {
    expect(parseChallenges('Bearer realm=https://host:5000/token,service=x')[0]?.parameters.realm).toBe(
      'https://host:5000/token',
    );
    expect(parseChallenges('Negotiate YWJj==, Basic realm=x')).toEqual([
      { scheme: 'negotiate', parameters: {}, token68: 'YWJj==' },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ]);
  });

  it('gives nothing for a missing or empty header and survives an open quote', () => {
    expect(parseChallenges(undefined)).toEqual([]);
    expect(parseChallenges(' , ')).toEqual([]);
    expect(parseChallenges('Bearer realm="https://never-ends')[0]?.parameters.realm).toBe('https://never-ends');
  });

  it('never fails or hangs, whatever the header', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(parseChallenges(text)).toBeInstanceOf(Array);
      }),
    );
    const pieces = fc.array(fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', '"', '\\', 'realm', 'x', '=='), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(parseChallenges(parts.join(''))).toBeInstanceOf(Array);
      }),
    );
  });

  it('reads back every challenge that is written by the rules', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const challenge = fc.record({
      scheme: name,
      parameters: fc.dictionary(name, fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), {
        minKeys: 1,
        maxKeys: 4,
        noNullPrototype: true,
      }),
    });
    const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 3 }), (challenges) => {
        const header = challenges
          .map(
            ({ scheme, parameters }) =>
              `${scheme} ${Object.entries(parameters)
                .map(([key, value]) => `${key}=${quote(value)}`)
                .join(', ')}`,
          )
          .join(', ');
        expect(
          parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } })),
        ).toEqual(challenges);
      }),
    );
  });
});
