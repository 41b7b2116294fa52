import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import { keepPrivate, makePrivateFolder } from '../files/private.ts';
import { systemCode } from '../files/system-errors.ts';
import { readTextIfThere } from '../files/text-file.ts';

/** In the application's data folder. */
const KEY_FILE = 'manifest-signing-key.pem';

/**
 * The key that signs manifests of Docker's schema 1, as Docker keeps one for each computer: made when it is first needed, readable by its
 * owner only. Nobody has to trust it; the format just demands a signature.
 * @throws PushboatError SETTINGS_UNREADABLE when it cannot be read or kept.
 */
export async function signingKey(dataDir: string): Promise<KeyObject> {
  const path = join(dataDir, KEY_FILE);
  try {
    return toKey((await existing(path)) ?? (await create(dataDir, path)));
  } catch (cause) {
    const detail = messageOf(cause);
    throw new PushboatError(
      'SETTINGS_UNREADABLE',
      `The key that signs Docker schema 1 manifests cannot be used: ${path}.`,
      {
        path,
        detail,
        hint: 'check-permissions',
        cause,
      },
    );
  }
}

function toKey(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new Error('it is not an ECDSA key on P-256');
}

async function existing(path: string): Promise<string | undefined> {
  keepPrivate(path);
  return readTextIfThere(path);
}

/** Whoever comes first makes the key: the link fails when another process was quicker, and its key is used. */
async function create(dataDir: string, path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
  makePrivateFolder(dataDir);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, pem, { mode: 0o600, flag: 'wx' });
    await link(temporary, path).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
    return await readFile(path, 'utf8');
  } finally {
    await rm(temporary, { force: true });
  }
}
