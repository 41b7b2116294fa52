import { describe, expect, it } from 'vitest';
import {
  compressionOptions,
  formatOptions,
  transferOptions,
} from '../../../../../electron/cli/push/transfer-options.ts';
import { transferOptionsSchema } from '../../../../../shared/transfer-options.ts';

describe('transferOptions', () => {
  it('sends what the registry has, and layers from elsewhere, only when asked', () => {
    expect(transferOptions({})).toEqual({});
    expect(transferOptions({ force: true, pushForeignLayers: true })).toEqual({ force: true, pushForeignLayers: true });
  });
});

describe('formatOptions', () => {
  it('says nothing when nothing is asked for, so that images stay as they are', () => {
    expect(formatOptions({})).toEqual({});
    expect(formatOptions({ platform: ['all'] })).toEqual({});
  });

  it('takes docker for schema 2, and platforms one by one or with commas', () => {
    expect(
      formatOptions({
        format: 'docker',
        platform: ['linux/amd64', 'linux/aarch64, linux/arm/v7'],
        removeSignatures: true,
      }),
    ).toEqual({
      format: 'v2s2',
      platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'],
      removeSignatures: true,
    });
  });

  it('takes all platforms as what buildah and skopeo call so, and an architecture alone as one of Linux', () => {
    expect(formatOptions({ all: true, platform: ['all'] }).platforms).toBeUndefined();
    expect(() => formatOptions({ all: true, platform: ['linux/arm64'] })).toThrow(/contradict each other/);
    expect(formatOptions({ platform: ['arm64,armhf'] }).platforms).toEqual(['linux/arm64', 'linux/arm/v7']);
  });

  it.each([[['linux']], [['pdp11']], [['linux/amd64', 'all']], [['']]])('refuses %j as platforms', (platform) => {
    expect(() => formatOptions({ platform })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

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
