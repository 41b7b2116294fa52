import { describe, expect, it } from 'vitest';
import { pathArguments } from '../../../../electron/desktop/path-arguments.ts';

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
});
