import { expect, test } from 'vitest';
import { lastTarget, manyRows, proposedPrefix } from '../../../../renderer/model/many-targets.ts';
import { image } from '../samples.ts';

const hub = image({ id: 'acme/web:1.2', references: ['docker.io/acme/web:1.2'] });
const own = image({ id: 'ghcr.io/acme/api:3', references: ['ghcr.io/acme/api:3'] });
const official = image({ id: 'alpine:3.20', references: ['docker.io/library/alpine:3.20'] });
const bare = image({ id: 'layouts:1.2', references: ['1.2'] });
const nameless = image({ id: 'Backup (old)', references: [] });

const targets = (images: (typeof hub)[], prefix: string, keepPath = true) =>
  manyRows(images, { prefix, keepPath, suffix: '' }, { edited: new Map() }).map(
    ({ target, problem }) => problem ?? target,
  );

test('a rule puts each image on a registry, with its path or the last part of it', () => {
  const images = [hub, own, official, bare];
  expect(targets(images, 'harbor.example/team/')).toEqual([
    'harbor.example/team/acme/web:1.2',
    'harbor.example/team/acme/api:3',
    'harbor.example/team/alpine:3.20',
    'harbor.example/team/layouts:1.2',
  ]);
  expect(targets([hub], 'harbor.example/team', false)).toEqual(['harbor.example/team/web:1.2']);
});

test('without a prefix each goes to its own reference; a bare tag is none', () => {
  expect(targets([own, bare, nameless], '')).toEqual(['ghcr.io/acme/api:3', 'noName', 'noName']);
});

test('two rows with one target are a conflict, however they are written', () => {
  const other = image({ id: 'quay.io/acme/web:1.2', references: ['quay.io/acme/web:1.2'] });
  expect(targets([hub, other, own], 'localhost:5000')).toEqual(['conflict', 'conflict', 'localhost:5000/acme/api:3']);
  expect(targets([hub], 'Harbor Example/x')).toEqual(['invalid']);
});

test('a suffix stands behind each tag', () => {
  const rule = { prefix: 'harbor.example', keepPath: true, suffix: '-rc1' };
  const suffixed = manyRows([hub, bare], rule, { edited: new Map() }).map(({ target }) => target);
  expect(suffixed).toEqual(['harbor.example/acme/web:1.2-rc1', 'harbor.example/layouts:1.2-rc1']);
});

test('the last row of a conflict offers what tells its rows apart, where they are for one platform each', () => {
  const arm = image({ ...hub, id: 'arm', platforms: [{ os: 'linux', architecture: 'arm64', variant: 'v8' }] });
  const rule = { prefix: 'harbor.example', keepPath: true, suffix: '' };
  const [first, last] = manyRows([hub, arm], rule, { edited: new Map() });
  expect(first?.fixes).toBeUndefined();
  expect([first?.twin, last?.twin]).toEqual(['next', 'above']);
  expect([...(last?.fixes?.apart ?? [])]).toEqual([
    [hub.id, 'harbor.example/acme/web:1.2-amd64'],
    ['arm', 'harbor.example/acme/web:1.2-arm64-v8'],
  ]);
  const [, same] = manyRows([hub, image({ ...hub, id: 'again' })], rule, { edited: new Map() });
  expect(same).toMatchObject({ problem: 'conflict', fixes: { images: [hub.id, 'again'] } });
  expect(same?.fixes?.apart).toBeUndefined();
});

test('rows of a conflict that do not stand together name no neighbour, and what is left out is in none', () => {
  const again = image({ ...hub, id: 'again' });
  const rule = { prefix: 'harbor.example', keepPath: true, suffix: '' };
  const rows = manyRows([hub, own, again], rule, { edited: new Map() });
  expect(rows.map(({ problem, twin }) => [problem, twin])).toEqual([
    ['conflict', undefined],
    [undefined, undefined],
    ['conflict', undefined],
  ]);
  const settled = manyRows([hub, own, again], rule, { edited: new Map(), leftOut: new Set(['again']) });
  expect(settled.map(({ problem }) => problem)).toEqual([undefined, undefined, 'leftOut']);
});

test('a row that was edited keeps its text when the rule changes', () => {
  const edited = new Map([[hub.id, 'quay.io/me/web:next']]);
  const [row] = manyRows([hub], { prefix: 'harbor.example', keepPath: true, suffix: '-rc1' }, { edited });
  expect(row).toMatchObject({ target: 'quay.io/me/web:next' });
});

test('the last target is that of the same image, else its name on the last registry', () => {
  const recent = ['harbor.example/team/api:3', 'ghcr.io/acme/web:1.2'];
  expect(lastTarget(hub, recent)).toBe('ghcr.io/acme/web:1.2');
  expect(lastTarget(official, recent)).toBe('harbor.example/alpine:3.20');
  expect(lastTarget(official, [])).toBeUndefined();
  expect(lastTarget(nameless, recent)).toBeUndefined();
});

test('the prefix of the last push is proposed, unless each image names a registry', () => {
  expect(proposedPrefix([hub, own], ['harbor.example/team/api:3'])).toBe('harbor.example/team');
  expect(proposedPrefix([own], ['harbor.example/team/api:3'])).toBe('');
  expect(proposedPrefix([hub], [])).toBe('');
});

test('what the paths of all images begin with is not proposed a second time', () => {
  expect(proposedPrefix([hub], ['harbor.example/acme/api:3'])).toBe('harbor.example');
  expect(proposedPrefix([hub], ['harbor.example/team/acme/api:3'])).toBe('harbor.example/team');
  expect(proposedPrefix([hub, official], ['harbor.example/acme/api:3'])).toBe('harbor.example/acme');
});
