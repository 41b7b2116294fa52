import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { encodeAuth } from '../../../../electron/credentials/auth-file.ts';
import { type CredentialOptions, createCredentials } from '../../../../electron/credentials/credentials.ts';
import type { CredentialService, VaultCipher } from '../../../../electron/credentials/types.ts';
import { Problems } from '../../../../shared/emitter.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

/** A person's folders, new for each test of the file. */
export interface CredentialsScene {
  readonly folder: TempDir;
  readonly home: string;
  readonly dataDir: string;
  /** What the credentials told while they were asked. */
  readonly problems: string[];
  /** Docker's file of this person. */
  readonly docker: () => string;
  readonly open: (options?: Partial<CredentialOptions>, env?: Record<string, string>) => CredentialService;
  /** Writes a credential helper, as a shell script, in a folder of its own. Returns the environment in which it is found. */
  readonly makeHelper: (name: string, script: string) => Promise<Record<string, string>>;
}

export function makeCredentialsScene(): CredentialsScene {
  let folder: TempDir;
  let problems: string[];
  beforeEach(async () => {
    folder = await makeTempDir('credentials');
    problems = [];
  });
  afterEach(() => folder.remove());
  const scene: CredentialsScene = {
    get folder() {
      return folder;
    },
    get home() {
      return join(folder.path, 'home');
    },
    get dataDir() {
      return join(folder.path, 'data');
    },
    get problems() {
      return problems;
    },
    docker: () => join(scene.home, '.docker', 'config.json'),
    open: (options = {}, env = {}) => {
      const told = new Problems();
      told.subscribe(({ message }) => problems.push(message));
      return createCredentials({
        dataDir: scene.dataDir,
        homeDir: scene.home,
        env,
        imageStoreAuthFile: join(folder.path, 'ar', 'auth.json'),
        onProblem: (problem) => told.add(problem),
        ...options,
      });
    },
    makeHelper: async (name, script) => {
      const bin = join(folder.path, 'bin');
      const path = await write(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
    },
  };
  return scene;
}

/** Writes the text in hexadecimal: enough to see that what is written is not the password. */
export const cipher: VaultCipher = {
  unavailable: async () => undefined,
  encrypt: async (text) => Buffer.from(`sealed:${Buffer.from(text).toString('hex')}`),
  decrypt: async (bytes) => {
    const text = Buffer.from(bytes).toString();
    if (!text.startsWith('sealed:')) throw new Error('wrong key');
    return Buffer.from(text.slice(7), 'hex').toString();
  },
};

/** Writes a file of text, or of JSON, and the folders that it needs. Returns its path. */
export async function write(path: string, value: unknown): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

/** An auth file with one login. */
export function auths(username: string, key = 'a.example'): { auths: object } {
  return { auths: { [key]: { auth: encodeAuth(username, 'pw') } } };
}
