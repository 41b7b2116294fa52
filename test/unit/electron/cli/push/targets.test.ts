import { describe, expect, it } from 'vitest';
import { moreNames, namesAt, withMoreTags } from '../../../../../electron/cli/push/more-names.ts';
import { planMany } from '../../../../../electron/cli/push/plan.ts';
import { namedTargets, ownTarget, repositoryReference, tagsOfImage } from '../../../../../electron/cli/push/targets.ts';
import type { LocalImage } from '../../../../../electron/image/types.ts';
import { targetText } from '../../../../../electron/transfers/target.ts';
import { parseReference, withDefaultTag } from '../../../../../shared/reference.ts';
import { memoryDestination } from '../../transfers/memory-destination.ts';

const parse = (text: string) => (text.startsWith('oci:') ? memoryDestination({ text }) : undefined);
const read = (texts: string[]) => namedTargets(texts, parse).map(targetText);
const imageWith = (references: string[]) => ({ name: 'web', references }) as unknown as LocalImage;

describe('targets of the command line', () => {
  it('are destinations where they name a transport, and registries elsewhere, each once', () => {
    expect(read(['oci:/srv/a:1', 'busybox', 'docker://ghcr.io/acme/web:1', 'oci:/srv/a:1', 'busybox:latest'])).toEqual([
      'oci:/srv/a:1',
      'docker.io/library/busybox:latest',
      'ghcr.io/acme/web:1',
    ]);
  });

  it('may leave out docker:// only where no other scheme is named, as in buildah', () => {
    expect(() => read(['ostree://x/y'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(read(['docker://docker:5000/x'])).toEqual(['docker:5000/x:latest']);
  });

  it('get more tags in their repositories, and destinations next to the name in their text', () => {
    const mixed = namedTargets(['ghcr.io/acme/web:1', 'oci:/srv/a'], parse);
    expect(withMoreTags(mixed, moreNames({ tag: ['2'] })).map(targetText)).toEqual([
      'ghcr.io/acme/web:1',
      'oci:/srv/a',
      'ghcr.io/acme/web:2',
    ]);
    const names = moreNames({ tag: ['2'], additionalTag: ['3', 'quay.io/other/web'] });
    expect(namesAt(memoryDestination({ text: 'oci:/srv/a:acme/web:1' }), names)).toEqual([
      'docker.io/acme/web:2',
      'docker.io/acme/web:3',
      'quay.io/other/web:latest',
    ]);
    expect(namesAt(memoryDestination({ text: 'oci:/srv/a' }), moreNames({ additionalTag: ['a/b:1'] }))).toEqual([
      'docker.io/a/b:1',
    ]);
    expect(() => namesAt(memoryDestination({ text: 'oci:/srv/a' }), moreNames({ tag: ['2'] }))).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
    expect(() => namesAt(memoryDestination({ text: 'oci:/srv/a:acme/web:1' }), moreNames({ tag: ['no tag'] }))).toThrow(
      expect.objectContaining({ code: 'REF_INVALID' }),
    );
  });

  it('with all tags are the image’s own in the repositories that were named', () => {
    const image = imageWith(['ghcr.io/acme/web:1.2', 'nightly']);
    expect(tagsOfImage(image, [repositoryReference('localhost:5000/web')]).map(targetText)).toEqual([
      'localhost:5000/web:1.2',
      'localhost:5000/web:nightly',
    ]);
    expect(tagsOfImage(image, []).map(targetText)).toEqual(['ghcr.io/acme/web:1.2']);
    expect(() => repositoryReference('localhost:5000/web:1')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('an image’s own references', () => {
  const digest = `sha256:${'0'.repeat(64)}`;

  it('are targets without their digest where they have a tag, and are none where they have a digest alone', () => {
    const image = imageWith([`ghcr.io/acme/web@${digest}`, `ghcr.io/acme/web:1@${digest}`, 'ghcr.io/acme/api:2']);
    expect(targetText(ownTarget(image))).toBe('ghcr.io/acme/web:1');
    expect(tagsOfImage(image, []).map(targetText)).toEqual(['ghcr.io/acme/web:1', 'ghcr.io/acme/api:2']);
  });

  it('that have nothing but a digest are refused', () => {
    expect(() => ownTarget(imageWith([`ghcr.io/acme/web@${digest}`]))).toThrow(
      expect.objectContaining({ code: 'TARGET_DIGEST' }),
    );
  });
});

it('of a list that are wrong are told with their image', async () => {
  const listed = [
    { image: 'api.tar', targets: ['ghcr.io/acme/api:1'] },
    { image: 'web.tar', targets: ['->', 'ghcr.io/acme/web:1'] },
  ];
  await expect(planMany(listed, {}, parse)).rejects.toMatchObject({
    code: 'REF_INVALID',
    message: expect.stringMatching(/^web\.tar: The reference "->" is not valid/) as string,
  });
});

describe('--additional-tag', () => {
  const reference = { ...withDefaultTag(parseReference('ghcr.io/acme/web:1')), tag: '1' };
  const target = { kind: 'registry', reference } as const;

  it('is one more tag in the target’s repository, or a whole reference', () => {
    const targets = withMoreTags([target], moreNames({ tag: ['2'], additionalTag: ['3', 'quay.io/other/web:4', '1'] }));
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
    expect(() => withMoreTags([target], moreNames({ additionalTag: [additionalTag] }))).toThrow(wrong);
    expect(() =>
      namesAt(memoryDestination({ text: 'oci:/srv/a' }), moreNames({ additionalTag: [additionalTag] })),
    ).toThrow(wrong);
  });

  it.each(['a tag', 'ghcr.io/UPPER/web:1'])('refuses %s', (additionalTag) => {
    expect(() => withMoreTags([target], moreNames({ additionalTag: [additionalTag] }))).toThrow(
      expect.objectContaining({ code: 'REF_INVALID' }),
    );
  });
});
