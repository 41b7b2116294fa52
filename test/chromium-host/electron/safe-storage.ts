import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostOptions } from '../host-state.ts';
import { app } from './app.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Without a real key store this says `basic_text`, as Electron does; tests may ask for one whose key is a file in the data folder. */
export const safeStorage = {
  async isAsyncEncryptionAvailable(): Promise<boolean> {
    return true;
  },
  getSelectedStorageBackend(): 'basic_text' | 'gnome_libsecret' {
    return hostOptions.keyring ? 'gnome_libsecret' : 'basic_text';
  },
  async encryptStringAsync(text: string): Promise<Buffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key(), nonce);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  },
  async decryptStringAsync(bytes: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }> {
    const decipher = createDecipheriv('aes-256-gcm', key(), bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const result = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return { result: result.toString('utf8'), shouldReEncrypt: false };
  },
};

function key(): Buffer {
  const file = join(app.getPath('userData'), 'host.key');
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return readFileSync(file);
}
