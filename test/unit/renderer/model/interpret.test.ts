import { describe, expect, test } from 'vitest';
import { suggestTargets } from '../../../../renderer/features/composer/suggestions.ts';
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
});

test('suggestions are the own names, recent targets and the name on known registries, each once', () => {
  const image = { name: 'acme/web:1.2', references: ['docker.io/acme/web:1.2'] };
  const targets = suggestTargets(image, ['ghcr.io/acme/web:1.1', 'docker.io/acme/web:1.2'], ['ghcr.io', 'docker.io']);
  expect(targets).toEqual([
    { target: 'docker.io/acme/web:1.2', from: 'own' },
    { target: 'ghcr.io/acme/web:1.1', from: 'recent' },
    { target: 'ghcr.io/acme/web:1.2', from: 'known' },
  ]);
});
