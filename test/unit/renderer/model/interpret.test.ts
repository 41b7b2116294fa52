import { describe, expect, test } from 'vitest';
import { defaultTarget, interpretTarget } from '../../../../renderer/model/interpret.ts';

describe('a typed target', () => {
  test('is read as registry, repository and tag', () => {
    const meaning = interpretTarget('ghcr.io/acme/web:1.2');
    expect(meaning).toMatchObject({
      kind: 'valid',
      text: 'ghcr.io/acme/web:1.2',
      reference: { registry: 'ghcr.io', repository: 'acme/web', tag: '1.2' },
      tagAdded: false,
      official: false,
    });
  });

  test('gets the tag latest, and says so', () => {
    expect(interpretTarget('ghcr.io/acme/web')).toMatchObject({
      kind: 'valid',
      canonical: 'ghcr.io/acme/web:latest',
      tagAdded: true,
    });
  });

  test('of one word goes to the official images of Docker Hub, and says so', () => {
    expect(interpretTarget('busybox')).toMatchObject({
      official: true,
      reference: { registry: 'docker.io', repository: 'library/busybox' },
    });
  });

  test('may be surrounded by space and begin with docker://', () => {
    expect(interpretTarget('  docker://ghcr.io/acme/web:1 ')).toMatchObject({
      kind: 'valid',
      text: 'ghcr.io/acme/web:1',
    });
  });

  test('that is wrong points at the character in the text as typed', () => {
    expect(interpretTarget('ghcr.io/acme/Web')).toMatchObject({
      kind: 'invalid',
      position: 13,
      error: { part: 'repository' },
    });
    expect(interpretTarget(' docker://ghcr.io/acme/Web')).toMatchObject({ kind: 'invalid', position: 23 });
  });

  test('with a digest is refused at the digest', () => {
    const meaning = interpretTarget(`ghcr.io/acme/web@sha256:${'a'.repeat(64)}`);
    expect(meaning).toMatchObject({ kind: 'digest', position: 16 });
  });

  test('of nothing but space is empty', () => {
    expect(interpretTarget('   ')).toEqual({ kind: 'empty' });
  });
});

describe('the target to begin with', () => {
  test('is the first whole reference of the image, without its digest', () => {
    expect(defaultTarget({ references: ['1.2', 'ghcr.io/acme/web:1.2@sha256:abc'] })).toBe('ghcr.io/acme/web:1.2');
  });

  test('is empty when the image has only a bare tag, which names no place', () => {
    expect(defaultTarget({ references: ['1.2'] })).toBe('');
  });

  test('is the last registry, without a repository, where there was one', () => {
    expect(defaultTarget({ references: ['1.2'] }, ['ghcr.io/acme/api:3'])).toBe('ghcr.io/');
    expect(defaultTarget({ references: [] }, ['ghcr.io/acme/api:3'])).toBe('');
  });
});

test.each(['ghcr.io', 'ghcr.io/', 'registry:5000', 'localhost', 'https://harbor.corp.example/'])(
  '%s is a registry that lacks a repository',
  (typed) => {
    expect(interpretTarget(typed).kind).toBe('registry');
  },
);

test.each([
  ['ghcr.io/acme/web:', 'tag'],
  ['ghcr.io/acme/', 'repository'],
])('%s is on its way, not wrong', (typed, part) => {
  expect(interpretTarget(typed)).toEqual({ kind: 'unfinished', part });
});

test('an address that was pasted is read without its scheme', () => {
  expect(interpretTarget('https://ghcr.io/acme/web:1')).toMatchObject({ kind: 'valid', text: 'ghcr.io/acme/web:1' });
});
