import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Signer } from '../../../../electron/signatures/signer.ts';
import { generateKeyFiles } from '../../../../electron/signatures/sigstore-key.ts';
import { toPushboatError } from '../../../../shared/errors.ts';
import { testEnvironment } from '../../../fixtures/environment.ts';
import { type GpgHome, makeGpgHome } from '../../../fixtures/gpg-home.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let home: GpgHome;
let folder: TempDir;
let signer: Signer;
beforeAll(async () => {
  [home, folder] = await Promise.all([makeGpgHome(), makeTempDir('signer')]);
  signer = new Signer(testEnvironment({ env: home.env }));
});
afterAll(() => Promise.all([home[Symbol.asyncDispose](), folder.remove()]));

describe('the passphrase of a key', () => {
  it('is asked for by a file that is locked, by its name, and kept once it is the right one', async () => {
    const path = `${folder.path}/cosign.key`;
    writeFileSync(path, (await generateKeyFiles('right')).privatePem);
    const key = { kind: 'sigstore', name: path } as const;
    const locked = { code: 'KEY_LOCKED', facts: { key } };
    expect(toPushboatError(await signer.prepare([key]).catch((e: unknown) => e))).toMatchObject(locked);
    expect(toPushboatError(await signer.unlock(key, 'wrong').catch((e: unknown) => e))).toMatchObject(locked);
    await signer.unlock(key, 'right');
    await signer.prepare([key]);
  });

  it('of gpg is tried, too, before it is kept', async () => {
    const key = { kind: 'simple', name: home.addKey('Cy <cy@example.test>', 'cy’s words') } as const;
    const wrong = toPushboatError(await signer.unlock(key, 'wrong').catch((e: unknown) => e));
    expect(wrong).toMatchObject({ code: 'KEY_LOCKED', facts: { key } });
    await signer.unlock(key, 'cy’s words');
  });
});
