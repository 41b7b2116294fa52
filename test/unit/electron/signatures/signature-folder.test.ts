import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addSignature, readSignatures, signatureFolder } from '../../../../electron/signatures/signature-folder.ts';
import { parseDigest } from '../../../../shared/digest.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

const bytes = (text: string) => Buffer.from(text);

describe('a folder of signatures', () => {
  it('is named by the repository and the digest', () => {
    const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
    expect(signatureFolder('/base', 'acme/web', digest)).toBe(`/base/acme/web@sha256=${'a'.repeat(64)}`);
  });

  it('keeps each signature once, under the next number', async () => {
    await using folder = await makeTempDir('signatures');
    const place = join(folder.path, 'acme/web@sha256=1');
    expect(await readSignatures(place)).toEqual([]);
    for (const text of ['one', 'two', 'one']) await addSignature(place, bytes(text));
    expect(readdirSync(place)).toEqual(['signature-1', 'signature-2']);
    expect(await readSignatures(place)).toEqual([bytes('one'), bytes('two')]);
  });

  it('takes what several writers bring at once', async () => {
    await using folder = await makeTempDir('signatures');
    const texts = Array.from({ length: 8 }, (_, index) => `signature of ${index}`);
    await Promise.all(texts.map((text) => addSignature(folder.path, bytes(text))));
    const found = (await readSignatures(folder.path)).map((each) => Buffer.from(each).toString());
    expect(found.toSorted()).toEqual(texts);
  });

  it('gives those of one image of an index apart', async () => {
    await using folder = await makeTempDir('signatures');
    writeFileSync(join(folder.path, 'signature-1'), 'index');
    writeFileSync(join(folder.path, 'aa.signature-1'), 'image');
    expect(await readSignatures(folder.path, 'aa.')).toEqual([bytes('image')]);
  });

  it('follows no link out of it', async () => {
    await using folder = await makeTempDir('signatures');
    symlinkSync('/etc/hostname', join(folder.path, 'signature-1'));
    const failure = await readSignatures(folder.path).then(() => undefined, toPushboatError);
    expect(failure?.code).toBe('PATH_ESCAPES');
  });
});
