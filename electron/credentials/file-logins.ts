import { PushboatError } from '../../shared/errors.ts';
import type { Login, LoginInfo } from '../../shared/logins.ts';
import { DOCKER_HUB } from '../../shared/reference.ts';
import { readTextIfThere } from '../files/read-text.ts';
import { type AuthFile, findEntry, parseAuthFile, type Secret, unreadableFile } from './auth-file.ts';
import type { AuthLocation } from './auth-locations.ts';
import { askHelper } from './helper.ts';
import { DOCKER_HUB_KEY, normalizeRegistry, parseRegistryKey } from './registry-keys.ts';

/** Logins in auth files and in the credential helpers that they name. Files are read anew each time: other tools change them. */
export class FileLogins {
  readonly #locations: AuthLocation[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #warn: (text: string) => void;

  constructor(locations: AuthLocation[], env: NodeJS.ProcessEnv, warn: (text: string) => void) {
    this.#locations = locations;
    this.#env = env;
    this.#warn = warn;
  }

  /** @throws PushboatError CREDENTIALS_UNREADABLE for a file that a person named; other files give a warning. */
  async find(registry: string, repository?: string): Promise<Login | undefined> {
    for (const location of this.#locations) {
      const file = await this.#read(location);
      if (!file) continue;
      const login =
        (await this.#fromHelper(file, location, registry)) ?? fromEntries(file, location, registry, repository);
      if (login) return login;
    }
    return undefined;
  }

  /** What the files hold themselves; helpers are asked only for the registry that is needed, for they may ask a person. */
  async list(): Promise<LoginInfo[]> {
    const logins: LoginInfo[] = [];
    for (const location of this.#locations) {
      const file = await this.#read(location);
      for (const { key, username } of file?.entries ?? []) {
        const { registry } = parseRegistryKey(key);
        logins.push({ registry, username, origin: { kind: 'file', path: location.path, key } });
      }
    }
    return logins;
  }

  /** The helper that a file names for a registry: `credHelpers` before `credsStore`. */
  async helperOf(location: AuthLocation, registry: string): Promise<string | undefined> {
    const file = await this.#read(location);
    return file && helperName(file, registry);
  }

  async #fromHelper(file: AuthFile, location: AuthLocation, registry: string): Promise<Login | undefined> {
    const helper = helperName(file, registry);
    if (helper === undefined) return undefined;
    let secret: Secret | undefined;
    try {
      secret = await askHelper(helper, serverOf(registry), this.#env);
    } catch (error) {
      this.#warn(error instanceof Error ? error.message : String(error));
      return undefined;
    }
    const origin = { kind: 'file', path: location.path, key: `docker-credential-${helper}` } as const;
    return secret && { ...secret, origin };
  }

  async #read(location: AuthLocation): Promise<AuthFile | undefined> {
    const { path, format, named } = location;
    try {
      const text = await readTextIfThere(path).catch((error: unknown) => {
        throw unreadableFile(path, error instanceof Error ? error.message : String(error));
      });
      if (text === undefined && named) throw unreadableFile(path, 'the file does not exist');
      return text === undefined ? undefined : parseAuthFile(text, format, path);
    } catch (error) {
      if (named || !(error instanceof PushboatError)) throw error;
      this.#warn(error.message);
      return undefined;
    }
  }
}

/** How helpers and Docker's file call a registry. */
export function serverOf(registry: string): string {
  const normal = normalizeRegistry(registry);
  return normal === DOCKER_HUB ? DOCKER_HUB_KEY : normal;
}

function helperName(file: AuthFile, registry: string): string | undefined {
  const wanted = normalizeRegistry(registry);
  const own = Object.entries(file.credHelpers).find(([key]) => parseRegistryKey(key).registry === wanted)?.[1];
  return own ?? file.credsStore;
}

function fromEntries(file: AuthFile, location: AuthLocation, registry: string, repository?: string): Login | undefined {
  const entry = findEntry(file.entries, registry, repository);
  if (!entry) return undefined;
  const { key, ...secret } = entry;
  return { ...secret, origin: { kind: 'file', path: location.path, key } };
}
