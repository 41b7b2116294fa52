import { expect, test } from 'vitest';
import { nextQuestions } from '../../../../renderer/features/several/tag-checks.ts';
import { PushboatError } from '../../../../shared/errors.ts';

const targets = Array.from({ length: 20 }, (_target, index) => `harbor.example/team/app-${index}:1`);
const known = { state: 'known', value: null, at: 0 } as const;
const asking = { state: 'asking' } as const;
const failed = (code: 'TIMEOUT' | 'UNAUTHORIZED') =>
  ({ state: 'failed', error: new PushboatError(code, 'No.', {}), at: 0 }) as const;

test('the first question to a registry goes alone, then six are on their way', () => {
  expect(nextQuestions(targets, {})).toEqual(targets.slice(0, 1));
  expect(nextQuestions(targets, { [targets[0] ?? '']: asking })).toEqual([]);
  expect(nextQuestions(targets, { [targets[0] ?? '']: known })).toEqual(targets.slice(1, 7));
  expect(nextQuestions(targets, { [targets[0] ?? '']: known, [targets[1] ?? '']: asking })).toEqual(
    targets.slice(2, 7),
  );
});

test('a registry that is silent is not asked again, one that wants a login is', () => {
  expect(nextQuestions(targets, { [targets[0] ?? '']: failed('TIMEOUT') })).toEqual([]);
  expect(nextQuestions(targets, { [targets[0] ?? '']: failed('UNAUTHORIZED') })).toHaveLength(6);
});

test('registries do not wait for each other', () => {
  const other = 'ghcr.io/acme/web:1';
  expect(nextQuestions([...targets, other], { [targets[0] ?? '']: asking })).toEqual([other]);
});
