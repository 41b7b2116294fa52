import { describe, expect, it } from 'vitest';
import { compressionOptions } from '../../../../electron/cli/compression.ts';
import { transferOptionsSchema } from '../../../../shared/ipc.ts';

describe('the options of compression', () => {
  it('say nothing when none is given', () => {
    expect(compressionOptions({})).toEqual({});
  });

  it('become what a push takes', () => {
    expect(compressionOptions({ disableCompression: true })).toEqual({ compression: { format: 'none' } });
    expect(compressionOptions({ compressionFormat: 'zstd', compressionLevel: 19 })).toEqual({
      compression: { format: 'zstd', level: 19 },
    });
    expect(compressionOptions({ compressionLevel: 9 })).toEqual({ compression: { level: 9 } });
  });

  it.each([
    [{ disableCompression: true, compressionFormat: 'gzip' }, /contradict/],
    [{ compressionFormat: 'none', compressionLevel: 3 }, /needs a compression/],
    [{ compressionLevel: 10 }, /of gzip is a number from 0 to 9/],
    [{ compressionFormat: 'zstd', compressionLevel: 0 }, /of zstd is a number from 1 to 22/],
    [{ compressionFormat: 'zstd', compressionLevel: 23 }, /from 1 to 22/],
  ] as const)('are refused when they make no sense: %o', (options, words) => {
    expect(() => compressionOptions(options)).toThrow(words);
  });

  it('have the same bounds in the window', () => {
    const isGood = (compression: object) => transferOptionsSchema.safeParse({ compression }).success;
    expect([{ level: 9 }, { format: 'zstd', level: 22 }, { format: 'none' }].map(isGood)).toEqual([true, true, true]);
    expect([{ level: 10 }, { format: 'zstd', level: 0 }, { format: 'bzip2' }].map(isGood)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
