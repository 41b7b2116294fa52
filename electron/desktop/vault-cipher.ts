import { safeStorage } from 'electron';
import type { VaultCipher } from '../credentials/types.ts';
import type { DesktopText } from './text.ts';

/** Encryption with a key that the operating system keeps, through Electron's safeStorage. Usable after `ready`. */
export function createVaultCipher(platform: NodeJS.Platform, text: DesktopText): VaultCipher {
  return {
    async unavailable() {
      if (!(await safeStorage.isAsyncEncryptionAvailable())) return text().vaultLocked;
      // `basic_text` encrypts with a key that is the same on every computer: that would only look like protection.
      const plain = platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text';
      return plain ? text().vaultPlain : undefined;
    },
    encrypt: (secret) => safeStorage.encryptStringAsync(secret),
    async decrypt(bytes) {
      const { result } = await safeStorage.decryptStringAsync(Buffer.from(bytes));
      return result;
    },
  };
}
