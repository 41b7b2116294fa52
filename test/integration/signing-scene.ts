import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { type GpgHome, makeGpgHome } from '../fixtures/gpg-home.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

/** A registry, a command line, and gpg with the key of one signer, for all tests of a file; and an image that nobody has signed. */
export interface SigningScene {
  readonly folder: TempDir;
  readonly registry: DockerRegistry;
  readonly home: CliHome;
  readonly gpg: GpgHome;
  /** Of the signer's key. */
  readonly fingerprint: string;
  /** The path of the image's layout. */
  readonly layout: string;
  readonly digest: string;
  /** A path in the folder. */
  readonly at: (...parts: string[]) => string;
  /** Writes a file of the folder, and returns its path. */
  readonly write: (name: string, content: string | Uint8Array) => string;
  /** Options of a program that finds the signer's key. */
  readonly withGpg: () => { env: { GNUPGHOME: string } };
}

/** Made before the first test, and gone after the last. */
export function makeSigningScene(name: string): SigningScene {
  const made = {} as { -readonly [K in keyof SigningScene]: SigningScene[K] };
  made.at = (...parts) => join(made.folder.path, ...parts);
  made.write = (file, content) => {
    writeFileSync(made.at(file), content);
    return made.at(file);
  };
  made.withGpg = () => ({ env: { GNUPGHOME: made.gpg.env['GNUPGHOME'] ?? '' } });
  beforeAll(async () => {
    made.folder = await makeTempDir(name);
    [made.registry, made.home, made.gpg] = await Promise.all([startDockerRegistry(), makeCliHome(), makeGpgHome()]);
    made.fingerprint = made.gpg.addKey('Ann <ann@example.test>');
    const { path, image } = await makeLayout(made.at('layout'));
    [made.layout, made.digest] = [path, image.digest];
  });
  afterAll(async () => {
    await Promise.all([made.registry.stop(), made.home.remove(), made.gpg[Symbol.asyncDispose]()]);
    await made.folder.remove();
  });
  return made;
}
