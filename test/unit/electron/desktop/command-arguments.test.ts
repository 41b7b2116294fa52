import { expect, test } from 'vitest';
import { commandArguments } from '../../../../electron/desktop/command-arguments.ts';

test('an app that is started with a command is the command line', () => {
  expect(commandArguments(['pushboat', 'push', 'web:1', 'ghcr.io/acme/web:1'], 1)).toEqual([
    'push',
    'web:1',
    'ghcr.io/acme/web:1',
  ]);
  expect(commandArguments(['electron', '.', '--version'], 2)).toEqual(['--version']);
});

test.each([[[]], [['./push']], [['--', 'push']], [['layout', 'push']], [['--no-sandbox']]])(
  'an app that is started with %j opens its window',
  (args) => {
    expect(commandArguments(['pushboat', ...args], 1)).toBeUndefined();
  },
);
