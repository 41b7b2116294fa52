import { describe, expect, it } from 'vitest';
import { formatOptions } from '../../../../electron/cli/formats.ts';
import { namesAt, withMoreTags } from '../../../../electron/cli/more-names.ts';
import { targetText } from '../../../../electron/transfers/target.ts';
import { parseReference, withDefaultTag } from '../../../../shared/reference.ts';
import { memoryDestination } from '../transfers/memory-destination.ts';

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

  it.each([[['amd64']], [['linux/amd64', 'all']], [['']]])('refuses %j as platforms', (platform) => {
    expect(() => formatOptions({ platform })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('--additional-tag', () => {
  const reference = { ...withDefaultTag(parseReference('ghcr.io/acme/web:1')), tag: '1' };
  const target = { kind: 'registry', reference } as const;

  it('is a tag beside the target’s own, or a whole reference', () => {
    const targets = withMoreTags([target], { tag: ['2'], additionalTag: ['3', 'quay.io/other/web:4', '1'] });
    expect(targets.map(targetText)).toEqual([
      'ghcr.io/acme/web:1',
      'ghcr.io/acme/web:2',
      'ghcr.io/acme/web:3',
      'quay.io/other/web:4',
    ]);
  });

  it.each([
    ['sif:x', /cannot be written to sif:/],
    ['docker:x', /slashes are missing/],
    ['https://ghcr.io/acme/web', /is written without https/],
    ['oci:layout', /names another place: write --target oci:layout/],
    ['dir:/srv/web', /names another place/],
  ])('is wrong as a DESTINATION of that kind would be: %s', (additionalTag, says) => {
    const wrong = expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(says) as string });
    expect(() => withMoreTags([target], { additionalTag: [additionalTag] })).toThrow(wrong);
    expect(() => namesAt(memoryDestination({ text: 'oci:/srv/a' }), { additionalTag: [additionalTag] })).toThrow(wrong);
  });

  it.each(['a tag', 'ghcr.io/UPPER/web:1'])('refuses %s', (additionalTag) => {
    expect(() => withMoreTags([target], { additionalTag: [additionalTag] })).toThrow(
      expect.objectContaining({ code: 'REF_INVALID' }),
    );
  });
});
