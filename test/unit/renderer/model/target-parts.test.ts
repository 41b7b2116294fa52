import { expect, test } from 'vitest';
import { partAt, typedParts } from '../../../../renderer/model/target-parts.ts';

test.each([
  ['h', 'h', undefined, undefined],
  ['ghcr.io/', 'ghcr.io', '', undefined],
  ['ghcr.io/acme/we', 'ghcr.io', 'acme/we', undefined],
  ['host:5000/web:', 'host:5000', 'web', ''],
  ['acme/web:1', undefined, 'acme/web', '1'],
  ['web:1.2', undefined, 'web', '1.2'],
  ['docker://ghcr.io/web:1', 'ghcr.io', 'web', '1'],
  ['', '', undefined, undefined],
])('%j is taken apart as far as it is typed', (typed, registry, repository, tag) => {
  const parts = typedParts(typed);
  expect([parts.registry?.text, parts.repository?.text, parts.tag?.text]).toEqual([registry, repository, tag]);
  for (const part of [parts.registry, parts.repository, parts.tag]) {
    if (part) expect(typed.slice(part.from, part.to)).toBe(part.text);
  }
});

test('the part at the cursor is the one that is completed', () => {
  const parts = typedParts('ghcr.io/acme/web:1.2');
  expect([0, 7, 8, 16, 17, 20].map((caret) => partAt(parts, caret))).toEqual([
    'registry',
    'registry',
    'repository',
    'repository',
    'tag',
    'tag',
  ]);
});
