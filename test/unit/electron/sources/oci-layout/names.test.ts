import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainFolderName, makeImageId, placeOf } from '../../../../../electron/sources/names/image-ids.ts';
import { displayName, referencesOf, sanitize } from '../../../../../electron/sources/oci-layout/names.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { MediaType } from '../../../../../shared/media-types.ts';

const digest = `sha256:${'1234567890ab'.padEnd(64, '0')}` as Digest;

function descriptor(annotations?: Record<string, string>) {
  return { mediaType: MediaType.ociManifest, digest, size: 1, ...(annotations ? { annotations } : {}) };
}

const REF_NAME = 'org.opencontainers.image.ref.name';

describe('sanitize', () => {
  it.each([
    ['registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.18.0', 'registry.cn-shanghai.aliyuncs.com_tangxusc_alpine'],
    ['alpine', 'alpine'],
    ['  alpine:3.18 ', 'alpine'],
    ['localhost:5000/team/app', 'localhost_5000_team_app'],
    ['localhost:5000/team/app:1', 'localhost_5000_team_app'],
    [`a/b@sha256:${'0'.repeat(64)}`, 'a_b'],
    [`a/b:1@sha256:${'0'.repeat(64)}`, 'a_b'],
    ['a@b@c', 'a'],
    ['a b', 'a_b'],
    ['._-a/b-_.', 'a_b'],
    ['a/é:1', 'a'],
    ['é/a', 'a'],
    ['x/é/a', 'x___a'],
    ['x/😀/a', 'x___a'],
    ['../../etc/passwd', 'etc_passwd'],
    [':tag', ''],
    ['@', ''],
    ['///', ''],
  ])('turns %j into %j', (reference, name) => {
    expect(sanitize(reference)).toBe(name);
  });

  it('always gives nothing or the name of a visible folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const name = sanitize(text);
        expect(name).toMatch(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?$/);
        expect(name === '' || isPlainFolderName(name)).toBe(true);
      }),
    );
  });

  it('does not change its own result', () => {
    fc.assert(fc.property(fc.string(), (text) => sanitize(sanitize(text)) === sanitize(text)));
  });
});

describe('names of images', () => {
  it('puts whole references before bare tags and says each once', () => {
    const annotations = { [REF_NAME]: '3.18', 'io.containerd.image.name': 'docker.io/library/alpine:3.18' };
    expect(referencesOf(descriptor(annotations))).toEqual(['docker.io/library/alpine:3.18', '3.18']);
    expect(referencesOf(descriptor({ [REF_NAME]: 'a/b:1', 'io.containerd.image.name': 'a/b:1' }))).toEqual(['a/b:1']);
    expect(referencesOf(descriptor())).toEqual([]);
  });

  it('have no digest among them, as containerd calls images of Kubernetes, too', () => {
    const named = (name: string, tag: string) => ({
      mediaType: MediaType.ociManifest,
      digest,
      size: 1,
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': tag },
    });
    const at = `docker.io/acme/web@${digest}`;
    expect(referencesOf(named(digest, digest), named(at, `@${digest}`), named('docker.io/acme/web:1', '1'))).toEqual([
      'docker.io/acme/web:1',
      at,
      '1',
    ]);
  });

  it('shows the reference, the folder with the tag, the folder, or the digest', () => {
    expect(displayName(descriptor({ [REF_NAME]: 'a/b:1' }), '/x/layout', true)).toBe('a/b:1');
    expect(displayName(descriptor({ [REF_NAME]: '1.0' }), '/x/layout', true)).toBe('layout:1.0');
    expect(displayName(descriptor(), '/x/layout', true)).toBe('layout');
    expect(displayName(descriptor(), '/x/layout', false)).toBe('layout@1234567890ab');
  });
});

describe('image ids', () => {
  it('give back the place that was put in, for any names', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { minLength: 1, maxLength: 2 }), (source, place) => {
        expect(placeOf(makeImageId(source, place), source)).toEqual(place);
      }),
    );
  });

  it('of another source are refused', () => {
    expect(() => placeOf('oci:/a#["x"]', 'oci:/b')).toThrow(/no longer in/);
    expect(() => placeOf('oci:/a#nonsense', 'oci:/a')).toThrow(/no longer in/);
  });

  it.each(['', '.', '..', '.hidden', 'a/b', '../a', 'a\\b', 'a\0'])('do not lead to the folder %j', (name) => {
    expect(isPlainFolderName(name)).toBe(false);
  });
});
