import { describe, expect, it } from 'vitest';
import { namesAt, withMoreTags } from '../../../../electron/cli/more-names.ts';
import { namedTargets, tagsOfImage } from '../../../../electron/cli/targets.ts';
import type { LocalImage } from '../../../../electron/image/types.ts';
import { targetText } from '../../../../electron/transfers/target.ts';
import { memoryDestination } from '../transfers/memory-destination.ts';

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

  it('get more tags in their repositories, and destinations beside the name in their text', () => {
    const mixed = namedTargets(['ghcr.io/acme/web:1', 'oci:/srv/a'], parse);
    expect(withMoreTags(mixed, { tag: ['2'] }).map(targetText)).toEqual([
      'ghcr.io/acme/web:1',
      'oci:/srv/a',
      'ghcr.io/acme/web:2',
    ]);
    const names = { tag: ['2'], additionalTag: ['3', 'quay.io/other/web'] };
    expect(namesAt(memoryDestination({ text: 'oci:/srv/a:acme/web:1' }), names)).toEqual([
      'docker.io/acme/web:2',
      'docker.io/acme/web:3',
      'quay.io/other/web:latest',
    ]);
    expect(namesAt(memoryDestination({ text: 'oci:/srv/a' }), { additionalTag: ['a/b:1'] })).toEqual([
      'docker.io/a/b:1',
    ]);
    expect(() => namesAt(memoryDestination({ text: 'oci:/srv/a' }), { tag: ['2'] })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
    expect(() => namesAt(memoryDestination({ text: 'oci:/srv/a:acme/web:1' }), { tag: ['no tag'] })).toThrow(
      expect.objectContaining({ code: 'REF_INVALID' }),
    );
  });

  it('with all tags are the image’s own in the repositories that were named', () => {
    const image = imageWith(['ghcr.io/acme/web:1.2', 'nightly']);
    expect(tagsOfImage(image, ['localhost:5000/web']).map(targetText)).toEqual([
      'localhost:5000/web:1.2',
      'localhost:5000/web:nightly',
    ]);
    expect(tagsOfImage(image, []).map(targetText)).toEqual(['ghcr.io/acme/web:1.2']);
    expect(() => tagsOfImage(image, ['localhost:5000/web:1'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
