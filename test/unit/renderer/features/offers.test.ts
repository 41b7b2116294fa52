import { expect, test } from 'vitest';
import { type Known, offersFor } from '../../../../renderer/features/picker/offers.ts';
import { partAt, typedParts } from '../../../../renderer/model/target-parts.ts';

const KNOWN: Known = {
  image: { name: 'acme/web:1.2', references: ['ghcr.io/acme/web:1.2'] },
  recentTargets: ['ghcr.io/acme/api:3.4', 'docker.io/library/busybox:1'],
  logins: [{ registry: 'harbor.corp.example', username: 'robot$ci', origin: { kind: 'vault' } }],
  registries: ['ghcr.io', 'localhost:5000'],
  repositories: [],
  tags: [],
  pushed: new Map(),
};

function offered(typed: string, known: Partial<Known> = {}) {
  const parts = typedParts(typed);
  const groups = offersFor(partAt(parts, typed.length), parts, { ...KNOWN, ...known });
  return groups.map(({ kind, offers }) => [kind, ...offers.map(({ target }) => target)]);
}

test('an empty field offers the image’s own name, earlier targets, and registries: signed in first', () => {
  expect(offered('')).toEqual([
    ['fromName', 'ghcr.io/acme/web:1.2'],
    ['before', 'ghcr.io/acme/api:3.4', 'docker.io/library/busybox:1'],
    ['signedIn', 'harbor.corp.example/'],
    ['recent', 'ghcr.io/', 'docker.io/'],
    ['local', 'localhost:5000/'],
  ]);
});

test('a registry is offered with the account of all of it, whatever accounts there are for parts of it', () => {
  const origin = { kind: 'vault' } as const;
  const logins = [
    { registry: 'ghcr.io', username: 'ci-pusher', origin },
    { registry: 'ghcr.io', namespace: 'acme', username: 'acme-release', origin },
  ];
  const parts = typedParts('ghcr');
  const [group] = offersFor('registry', parts, {
    ...KNOWN,
    logins,
    recentTargets: [],
    image: { name: 'x', references: [] },
  });
  expect(group?.offers).toEqual([{ target: 'ghcr.io/', text: 'ghcr.io', note: 'ci-pusher' }]);
});

test('registries are found by any part of their names', () => {
  expect(offered('corp')).toEqual([['signedIn', 'harbor.corp.example/']]);
});

test('on a registry the image’s name comes first, then what was pushed there, then what it lists', () => {
  const repositories = ['other/api', 'acme/worker', 'acme/web'];
  expect(offered('ghcr.io/', { repositories })).toEqual([
    ['fromName', 'ghcr.io/acme/web:1.2'],
    ['recent', 'ghcr.io/acme/api:'],
    ['repositories', 'ghcr.io/acme/worker:', 'ghcr.io/other/api:'],
  ]);
  expect(offered('ghcr.io/wor', { repositories })).toEqual([['repositories', 'ghcr.io/acme/worker:']]);
});

test('tags are the repository’s own, the image’s first and then the newest, as people count versions', () => {
  expect(offered('ghcr.io/acme/web:1', { tags: ['1.9', '1.2', '2.0', '1.10'] })).toEqual([
    ['tags', 'ghcr.io/acme/web:1.2', 'ghcr.io/acme/web:1.10', 'ghcr.io/acme/web:1.9'],
  ]);
});

test('where a registry lists no tags those that were pushed before are offered', () => {
  expect(offered('ghcr.io/acme/api:')).toEqual([
    ['fromName', 'ghcr.io/acme/api:1.2'],
    ['before', 'ghcr.io/acme/api:3.4'],
  ]);
  expect(offered('busybox:')).toEqual([
    ['fromName', 'busybox:1.2'],
    ['before', 'busybox:1'],
  ]);
});

test('of thousands of tags fifty are offered, and how many there are is known', () => {
  const parts = typedParts('ghcr.io/acme/web:t');
  const tags = Array.from({ length: 3000 }, (_, index) => `t${index}`);
  const [group] = offersFor('tag', parts, { ...KNOWN, tags });
  expect([group?.offers.length, group?.total]).toEqual([50, 3000]);
});

test('a name without a registry is offered on the one that was used last, and only as long as it is the image’s own', () => {
  const image = { name: 'acme/api:2', references: ['acme/api:2'] };
  expect(offered('acme/api:2', { image })[0]).toEqual(['fromName', 'ghcr.io/acme/api:2', 'acme/api:2']);
  expect(offered('acme/api:2', { image, recentTargets: ['docker.io/acme/web:1'] })[0]).toEqual([
    'fromName',
    'acme/api:2',
  ]);
  expect(offered('acme/other:2', { image }).flat()).not.toContain('ghcr.io/acme/api:2');
});
