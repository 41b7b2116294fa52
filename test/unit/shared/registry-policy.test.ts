import { expect, test } from 'vitest';
import { isLoopbackRegistry } from '../../../shared/registry-policy.ts';

test.each([
  ['localhost:5000', true],
  ['registry.localhost', true],
  ['LocalHost:5000', true],
  ['127.8.0.1:5000', true],
  ['[::1]:5000', true],
  ['[0:0:0:0:0:0:0:1]:5000', true],
  ['[::2]:5000', false],
  ['localhost.example.com', false],
  ['127.0.0.1.example.com', false],
  ['10.0.0.1:5000', false],
])('that %s is this computer is %s', (registry, isHere) => {
  expect(isLoopbackRegistry(registry)).toBe(isHere);
});
