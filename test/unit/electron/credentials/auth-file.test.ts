import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAuth, findEntry, parseAuthFile } from '../../../../electron/credentials/auth-file.ts';
import { DOCKER_HUB_KEY, parseRegistryKey } from '../../../../electron/credentials/registry-keys.ts';
import { PushboatError } from '../../../../shared/errors.ts';

function parse(value: unknown, format: 'docker' | 'dockercfg' | 'image-store' = 'docker') {
  return parseAuthFile(typeof value === 'string' ? value : JSON.stringify(value), format, '/x/config.json');
}

const secret = { username: 'ann', password: 'p:w' };
const auth = encodeAuth('ann', 'p:w');

describe('an auth file', () => {
  it('gives user and password from `auth`, or from their own fields', () => {
    const { entries } = parse({ auths: { 'a.example': { auth }, 'b.example': { username: 'ann', password: 'p:w' } } });
    expect(entries).toEqual([
      { key: 'a.example', ...secret },
      { key: 'b.example', ...secret },
    ]);
  });

  it('gives identity tokens without a password', () => {
    const { entries } = parse({ auths: { 'a.example': { auth: encodeAuth('<token>', ''), identitytoken: 'abc' } } });
    expect(entries).toEqual([{ key: 'a.example', username: '<token>', password: '', identityToken: 'abc' }]);
  });

  it('leaves out entries without a secret and keeps the names of helpers', () => {
    const file = parse({
      auths: { 'a.example': {}, 'b.example': { auth: '' }, 'c.example': null },
      credsStore: 'desktop',
      credHelpers: { d: 'ecr-login' },
    });
    expect(file).toEqual({
      entries: [],
      undecoded: [],
      httpHeaders: {},
      credsStore: 'desktop',
      credHelpers: { d: 'ecr-login' },
    });
  });

  it('of the old Docker and of the image-store tool are read as well', () => {
    expect(parse({ 'https://a.example/v1/': { auth } }, 'dockercfg').entries).toHaveLength(1);
    expect(parse({ registries: { 'a.example': { username: 'ann', password: 'p:w' } } }, 'image-store').entries).toEqual(
      [{ key: 'a.example', ...secret }],
    );
  });

  it.each([
    ['{"auths": {"a": {"auth": "c2VjcmV0OnNlY3JldA=="', /not valid JSON/],
    ['[]', /not a JSON object/],
    ['{"auths": {"a.example": "secret"}}', /auths › a\.example/],
    ['{"auths": {"a": {"password": hunter2}}}', /not valid JSON/],
  ])('that is damaged is refused without repeating its content: %s', (content, why) => {
    const error = (() => {
      try {
        parse(content);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', message: expect.stringMatching(why) });
    expect(JSON.stringify((error as PushboatError).toData())).not.toMatch(/hunter2|c2VjcmV0|secret/);
  });

  it('gives back any user name and password', () => {
    const username = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !text.includes(':') && text.isWellFormed());
    const password = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => text.isWellFormed() && !text.includes('\0'));
    fc.assert(
      fc.property(username, password, (user, word) => {
        const { entries } = parse({ auths: { 'a.example': { auth: encodeAuth(user, word) } } });
        expect(entries[0]).toMatchObject({ username: user, password: word });
      }),
    );
  });

  it('answers any text with entries or with a PushboatError', () => {
    const content = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ auths: fc.dictionary(fc.string(), fc.record({ auth: fc.string() }, { requiredKeys: [] })) })
        .map((v) => JSON.stringify(v)),
    );
    fc.assert(
      fc.property(content, fc.constantFrom('docker', 'dockercfg', 'image-store'), (text, format) => {
        try {
          expect(Array.isArray(parse(text, format).entries)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(PushboatError);
        }
      }),
    );
  });
});

describe('the key of a registry', () => {
  it.each([
    [DOCKER_HUB_KEY, 'docker.io', ''],
    ['index.docker.io', 'docker.io', ''],
    ['https://index.docker.io/v2/', 'docker.io', ''],
    ['registry-1.docker.io', 'docker.io', ''],
    ['https://a.example', 'a.example', ''],
    ['http://a.example:5000/v1/', 'a.example:5000', ''],
    ['A.Example/', 'a.example', ''],
    ['a.example/team/app', 'a.example', 'team/app'],
    ['docker.io/library', 'docker.io', 'library'],
  ])('%s means %s and the path %j', (key, registry, path) => {
    expect(parseRegistryKey(key)).toEqual({ registry, path });
  });

  it('that is most specific comes first, and a namespace ends at a slash', () => {
    const keys = ['a.example', 'a.example/team', 'a.example/team/app', 'b.example'];
    const entries = keys.map((key) => ({ key, ...secret }));
    const keyFor = (repository?: string) => findEntry(entries, 'a.example', repository)?.key;
    expect(keyFor('team/app')).toBe('a.example/team/app');
    expect(keyFor('team/app/sub')).toBe('a.example/team/app');
    expect(keyFor('team/other')).toBe('a.example/team');
    expect(keyFor('teams/app')).toBe('a.example');
    expect(keyFor()).toBe('a.example');
    expect(findEntry(entries, 'c.example', 'x')).toBeUndefined();
    expect(findEntry(entries, 'a.example:5000', 'x')).toBeUndefined();
  });
});
