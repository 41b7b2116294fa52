import { describe, expect, it, test } from 'vitest';
import { commandArguments, pathArguments } from '../../../../electron/desktop/command-arguments.ts';

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

describe('paths on the command line', () => {
  it('are made absolute from the folder that the command was given in', () => {
    expect(pathArguments(['/opt/pushboat', 'images/web', '/abs'], '/home/me', 1)).toEqual([
      '/home/me/images/web',
      '/abs',
    ]);
  });

  it('are told from switches and from what comes before them', () => {
    expect(pathArguments(['electron', '.', '--no-sandbox', '-x', '', 'web'], '/home/me', 2)).toEqual(['/home/me/web']);
  });

  it('may be addresses, as file managers give them', () => {
    expect(
      pathArguments(['/opt/pushboat', 'file:///home/me/my%20web.tar', 'file://elsewhere/web.tar'], '/x', 1),
    ).toEqual(['/home/me/my web.tar', '/x/file:/elsewhere/web.tar']);
  });
});
