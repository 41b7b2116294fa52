import { describe, expect, test } from 'vitest';
import { splitPath, taggedName, taggedNames } from '../../../../electron/destinations/names.ts';
import { parseDestination } from '../../../../electron/destinations/parse-destination.ts';
import { bareEnvironment } from '../../../fixtures/outgoing.ts';

const parse = (text: string) => parseDestination(text, bareEnvironment());

describe('a destination', () => {
  test.each([
    ['oci:/srv/layout:1.2', 'oci', 'compressed'],
    ['oci:/srv/layout', 'oci', 'compressed'],
    ['oci:layout:ghcr.io/acme/web:1.2', 'oci', 'compressed'],
    ['oci-archive:/srv/web.tar:1.2', 'oci-archive', 'compressed'],
    ['docker-archive:/srv/web.tar', 'docker-archive', 'plain'],
    ['docker-archive:/srv/web.tar:acme/web:1.2', 'docker-archive', 'plain'],
    ['dir:/srv/web:with:colons', 'dir', 'kept'],
    ['docker-daemon:acme/web', 'docker-daemon', 'plain'],
    ['containers-storage:acme/web:1.2', 'containers-storage', 'kept'],
    ['  dir:/srv/web ', 'dir', 'kept'],
  ])('%s is understood', (text, transport, layers) => {
    expect(parse(text)).toMatchObject({ transport, layers, text: text.trim() });
  });

  test.each([
    ['oci:/srv/layout:acme/web:1.2', '/srv/layout', 'acme/web:1.2'],
    ['oci:/srv/layout', '/srv/layout', undefined],
    ['oci:/srv/layout:', '/srv/layout', undefined],
    ['oci-archive:web.tar:1', 'web.tar', '1'],
    ['docker-archive:/a.tar:localhost:5000/web:1', '/a.tar', 'localhost:5000/web:1'],
    ['docker-archive:/a.tar', '/a.tar', undefined],
    ['dir:/srv/with:colon', '/srv/with:colon', undefined],
    ['docker-daemon:web', undefined, 'web'],
    ['containers-storage:web:1', undefined, 'web:1'],
  ])('%s says its path and its name as they are written', (text, path, name) => {
    const parsed = parse(text);
    expect([parsed?.path, parsed?.name]).toEqual([path, name]);
  });

  test('of Windows has its drive in its path', () => {
    const environment = { ...bareEnvironment(), platform: 'win32' as const };
    expect(parseDestination('oci:C:\\images\\web:1', environment)).toMatchObject({
      path: 'C:\\images\\web',
      name: '1',
    });
  });

  test.each([
    'docker://ghcr.io/acme/web:1',
    'ghcr.io/acme/web:1',
    'localhost:5000/web',
    'web:1',
    'web',
    'ostree:web@/repo',
    'OCI:/srv/layout',
    '',
  ])('%j is left to be a reference', (text) => {
    expect(parse(text)).toBeUndefined();
  });

  test.each([
    ['oci:', 'it names no path'],
    ['oci::1.2', 'it names no path'],
    ['oci://ghcr.io/acme/web:1', 'it is a path, and not the address of a registry'],
    ['docker-archive://web.tar', 'it is a path, and not the address of a registry'],
    ['oci:~/web:1', 'no shell replaces ~ behind a colon'],
    ['dir:', 'it names no path'],
    ['docker-archive::web', 'it names no path'],
    ['dir:/a\0b', 'zero character'],
    ['oci:/srv/layout:-1', '"-1" is no name for an image'],
    ['oci:/srv/layout:a//b', 'is no name'],
    ['oci-archive:/srv/a.tar:a b', 'is no name'],
    [`oci:/srv/layout:${'a'.repeat(513)}`, 'is no name'],
    ['docker-archive:/srv/a.tar:Acme', 'lower case'],
    [`docker-archive:/srv/a.tar:web@sha256:${'0'.repeat(64)}`, 'a digest cannot be chosen'],
    [`docker-daemon:sha256:${'0'.repeat(64)}`, 'a digest cannot be chosen'],
    ['docker-daemon:', 'it names no image'],
    ['docker-daemon:/x', 'there is an empty part between two slashes'],
    ['containers-storage:', 'it names no image'],
    ['containers-storage:[overlay@/srv/store]web', 'another cannot be chosen'],
  ])('%j is refused, saying why', (text, why) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'DESTINATION_INVALID',
        hint: 'fix-destination',
        message: expect.stringContaining(why),
      }),
    );
  });

  test('limits that the environment sets wrongly are told', () => {
    const environment = bareEnvironment({ PUSHBOAT_ARCHIVE_MAX_BYTES: 'much' });
    expect(() => parseDestination('docker-archive:/a.tar', environment)).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('a path is told from a name', () => {
  test.each([
    ['C:\\images\\layout:1.2', 'win32', 'C:\\images\\layout', '1.2'],
    ['C:/images/layout', 'win32', 'C:/images/layout', undefined],
    ['C:\\images\\a.tar:ghcr.io/acme/web:1', 'win32', 'C:\\images\\a.tar', 'ghcr.io/acme/web:1'],
    ['images:1.2', 'win32', 'images', '1.2'],
    ['c:1.2', 'win32', 'c', '1.2'],
    ['c:/x', 'linux', 'c', '/x'],
    ['/srv/a:', 'linux', '/srv/a', undefined],
    ['/srv/a:b:c', 'linux', '/srv/a', 'b:c'],
  ] as const)('in %s on %s', (text, platform, path, name) => {
    expect(splitPath(text, platform)).toEqual({ path, name });
  });
});

test('names are whole ones with a tag', () => {
  expect(taggedName('web', '')).toBe('docker.io/library/web:latest');
  expect(taggedName('localhost:5000/acme/web:1', '')).toBe('localhost:5000/acme/web:1');
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(taggedNames(['web', `ghcr.io/a/b@${digest}`, `ghcr.io/a/b:1@${digest}`])).toEqual([
    'docker.io/library/web:latest',
    'ghcr.io/a/b:1',
  ]);
});
