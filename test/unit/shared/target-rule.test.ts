import { describe, expect, it } from 'vitest';
import { canonicalReference, parseReference, withDefaultTag } from '../../../shared/reference.ts';
import { nameOfFile, parseTargetPrefix, tagOfFile, targetUnder } from '../../../shared/target-rule.ts';

const under = (prefix: string, image: string, keep: 'path' | 'name' = 'path') =>
  canonicalReference(targetUnder({ ...parseTargetPrefix(prefix), keep }, withDefaultTag(parseReference(image))));

describe('a rule for many targets', () => {
  it.each([
    ['harbor.example/air', 'ghcr.io/acme/web:1.2', 'path', 'harbor.example/air/acme/web:1.2'],
    ['harbor.example/air', 'ghcr.io/acme/web:1.2', 'name', 'harbor.example/air/web:1.2'],
    ['docker://harbor.example/air/', 'busybox', 'path', 'harbor.example/air/busybox:latest'],
    ['localhost:5000', 'acme/web:1', 'path', 'localhost:5000/acme/web:1'],
    ['docker.io/acme', 'web:1', 'path', 'docker.io/acme/web:1'],
  ] as const)('%s: %s becomes, with its %s, %s', (prefix, image, keep, target) => {
    expect(under(prefix, image, keep)).toBe(target);
  });

  it.each(['', 'acme', 'harbor.example/air:1', 'harbor.example/UPPER', 'https://harbor.example/air', 'oci:/srv'])(
    'is not %j',
    (text) => expect(() => parseTargetPrefix(text)).toThrow(expect.objectContaining({ code: 'REF_INVALID' })),
  );
});

it.each([
  ['/data/App 1.0.tar.gz', 'app-1.0'],
  ['web.tar', 'web'],
  ['./layouts/api/', 'api'],
  ['C:\\images\\Db_2.TAR', 'db_2'],
  ['___.tar', 'image'],
  ['sync/quay.io/acme/web:1.2', 'web'],
])('an image without a name is called by its file: %s is %s', (path, name) => {
  expect(nameOfFile(path)).toBe(name);
});

it.each([
  ['sync/quay.io/acme/web:1.2', '1.2'],
  ['web:v1-rc.2/', 'v1-rc.2'],
  ['C:\\images\\web', undefined],
  ['localhost:5000/web', undefined],
  ['web.tar:@0', undefined],
])('the tag of a folder as skopeo sync calls it: %s has %s', (path, tag) => {
  expect(tagOfFile(path)).toBe(tag);
});
