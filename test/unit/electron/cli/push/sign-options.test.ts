import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passphraseIn, signOptions } from '../../../../../electron/cli/push/sign-options.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';

describe('the options that sign', () => {
  it('name keys, a whole identity, and whether the images of an index are signed', () => {
    const options = { signBy: ['ABC'], signBySigstorePrivateKey: ['/k'], signIdentity: 'web:1', signPlatforms: true };
    const identity = 'docker.io/library/web:1';
    expect(signOptions(options)).toEqual({ sign: { gpg: ['ABC'], sigstore: ['/k'], identity, platforms: true } });
    expect(signOptions({})).toEqual({});
  });

  it.each([
    [{ signIdentity: 'web:1' }, '--sign-identity needs --sign-by'],
    [{ signPlatforms: true }, '--sign-platforms needs --sign-by'],
    [{ signPassphraseFile: '/p' }, '--sign-passphrase-file needs --sign-by'],
    [{ signBy: ['A'], signIdentity: 'web' }, 'needs a tag or a digest'],
    [{ signBy: ['A'], signIdentity: 'web:' }, 'not valid'],
  ])('are refused as %j', (options, words) => {
    expect(() => signOptions(options)).toThrow(words);
  });

  it('take the first line of a passphrase file, with what is in it', async () => {
    await using folder = await makeTempDir('passphrase');
    const file = join(folder.path, 'p');
    writeFileSync(file, ' two words \nmore\n');
    expect(await passphraseIn(file)).toBe(' two words ');
    await expect(passphraseIn(join(folder.path, 'nothing'))).rejects.toThrow('it does not exist');
  });
});
