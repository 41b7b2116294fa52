import { expect, test } from 'vitest';
import { fitMiddle } from '../../../../renderer/ui/fit-middle.ts';

const fit = (text: string, width: number) => fitMiddle(text, width, ({ length }) => length);

test.each([
  ['harbor.corp.example/mirror/acme/api:3.4', 39, 'harbor.corp.example/mirror/acme/api:3.4'],
  ['harbor.corp.example/mirror/acme/api:3.4', 28, 'harbor…/mirror/acme/api:3.4'],
  ['harbor.corp.example/mirror/acme/api:3.4', 18, 'harb…/acme/api:3.4'],
  ['harbor.corp.example/mirror/acme/gateway:1.9-amd64', 24, 'harbo…/gateway:1.9-amd64'],
  ['harbor.corp.example/mirror/acme/gateway:1.9-amd64', 20, 'harbor…ay:1.9-amd64'],
  ['harbor.corp.example/mirror/acme/gateway:1.9-amd64', 9, '….9-amd64'],
  ['acme-api-3.4.tar', 13, 'acme…-3.4.tar'],
  ['acme-api-3.4.tar', 11, 'acme…4.tar'],
  ['backup-of-everything-2026-11-26', 24, 'backup…thing-2026-11-26'],
])('%s has %i characters of room', (text, width, shown) => {
  expect(fit(text, width)).toBe(shown);
  expect(fit(text, width).length).toBeLessThanOrEqual(width);
});

test('of a tag its last characters are kept, and as much of its beginning as there is room for', () => {
  const tag = '1.2.0-beta.20261126.git.0123456789abcdef';
  expect(fitMiddle(tag, 17, ({ length }) => length, 6)).toBe('1.2.0-beta…abcdef');
  expect(fitMiddle(tag, 8, ({ length }) => length, 6)).toBe('…9abcdef');
});
