import { expect, test } from 'vitest';
import { imagesInOrder } from '../../../../renderer/features/images/list-order.ts';
import { commandText } from '../../../../renderer/ui/command-text.ts';
import { ADDED, image, manyImages, STORE } from '../samples.ts';

const BY_NAME = { column: 'name', descending: false } as const;
const names = (images: { name: string }[]) => images.map(({ name }) => name);

test('images are sorted by name as people count', () => {
  const images = [image({ id: 'web:10' }), image({ id: 'web:9' }), image({ id: 'Api' })];
  expect(names(imagesInOrder(images, null, '', BY_NAME))).toEqual(['Api', 'web:9', 'web:10']);
});

test('images without size or date come last when the largest or newest are first', () => {
  const images = [
    image({ id: 'small', size: 1 }),
    { ...image({ id: 'none' }), size: undefined },
    image({ id: 'big', size: 9 }),
  ];
  const given = images.map(({ size, ...rest }) => (size === undefined ? rest : { ...rest, size }));
  expect(names(imagesInOrder(given, null, '', { column: 'size', descending: true }))).toEqual(['big', 'small', 'none']);
});

test('search finds every word, in name, reference, store name, platform or digest', () => {
  const images = [
    image({ id: 'a', name: 'acme/web:1.2', references: ['ghcr.io/acme/web:1.2'] }),
    image({ id: 'b', name: 'acme/api:1.2', platforms: [{ os: 'linux', architecture: 'arm64' }] }),
  ];
  expect(names(imagesInOrder(images, null, 'ghcr WEB', BY_NAME))).toEqual(['acme/web:1.2']);
  expect(names(imagesInOrder(images, null, 'acme arm64', BY_NAME))).toEqual(['acme/api:1.2']);
  expect(imagesInOrder(images, null, 'acme missing', BY_NAME)).toEqual([]);
});

test('one source lists its own images only', () => {
  const images = [image({ id: 'a', sourceId: STORE.id }), image({ id: 'b', sourceId: ADDED.id })];
  expect(names(imagesInOrder(images, ADDED.id, '', BY_NAME))).toEqual(['b']);
});

test('ten thousand images are searched and sorted within a second of the processor', () => {
  const images = manyImages(10_000);
  const before = process.threadCpuUsage();
  const found = imagesInOrder(images, null, 'acme', BY_NAME);
  expect(found.length).toBeGreaterThan(1000);
  // Of this thread alone: what others take of the processor meanwhile says nothing of the list.
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(1000);
});

test('the command of a layer is shown without the noise of its builder', () => {
  expect(commandText('/bin/sh -c #(nop) COPY file:1 in /app ')).toBe('COPY file:1 in /app');
  expect(commandText('RUN /bin/sh -c npm ci # buildkit')).toBe('npm ci');
  expect(commandText('RUN |1 VERSION=2 /bin/sh -c make # buildkit')).toBe('make');
  expect(commandText('COPY app /app # buildkit')).toBe('COPY app /app');
  expect(commandText('   ')).toBeUndefined();
  expect(commandText(undefined)).toBeUndefined();
});
