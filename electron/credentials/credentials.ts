import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ErrorData, PushboatError } from '../../shared/errors.ts';
import { isProviderHelper, knownRegistry } from '../../shared/known-registries.ts';
import {
  type HelperOffer,
  type Login,
  type LoginInfo,
  originText,
  type Remember,
  type RememberOptions,
} from '../../shared/logins.ts';
import {
  type AuthLocation,
  authLocations,
  containersAuthPath,
  dockerConfigPath,
  imageStoreAuthPath,
} from './auth-locations.ts';
import { FileLogins, serverOf, serversOf } from './file-logins.ts';
import { askHelper, helperForgets, installedHelpers, storeWithHelper } from './helper.ts';
import { sendableHeaders } from './http-headers.ts';
import { loginInfo, nameOf, namesFor, normalizeRegistry, parseRegistryKey, type RegistryKey } from './registry-keys.ts';
import { removeFromFile } from './remove-from-file.ts';
import type { CredentialService, VaultCipher } from './types.ts';
import { Vault } from './vault.ts';
import { removeEntry, saveEntry, saveHelper, saveMark } from './write.ts';

export interface CredentialOptions {
  /** Folder of the application's own files. */
  dataDir: string;
  env: NodeJS.ProcessEnv;
  homeDir: string;
  cipher?: VaultCipher | undefined;
  /** `--authfile`: looked at before anything that is kept, and then the only file that is read or written. */
  authFile?: string | undefined;
  /** Auth file of the image-store tool, `/var/lib/ar/auth.json` when absent. */
  imageStoreAuthFile?: string | undefined;
  /** Files and programs that fail where others are asked instead; each as often as it is asked. */
  onProblem?: ((problem: ErrorData) => void) | undefined;
}

export type UserAndPassword = { username: string; password: string };

export function createCredentials(options: CredentialOptions): CredentialService {
  return new Credentials(options);
}

class Credentials implements CredentialService {
  readonly #options: CredentialOptions;
  readonly #session = new Map<string, UserAndPassword>();
  readonly #onProblem: (problem: ErrorData) => void;
  readonly #locations: AuthLocation[];
  readonly #files: FileLogins;
  readonly #vault: Vault;
  #given: Login | undefined;

  constructor(options: CredentialOptions) {
    this.#options = options;
    this.#onProblem = options.onProblem ?? (() => undefined);
    this.#locations = authLocations(options);
    this.#files = new FileLogins(this.#locations, options.env, this.#onProblem);
    this.#vault = new Vault(options.dataDir, options.cipher, this.#onProblem);
  }

  give(login: Login): void {
    this.#given = login;
  }

  async find(registry: string, repository?: string): Promise<Login | undefined> {
    return this.#given ?? this.findKept(registry, repository);
  }

  async findKept(registry: string, repository?: string): Promise<Login | undefined> {
    const { authFile } = this.#options;
    if (authFile === undefined) {
      return (await this.#kept(registry, repository)) ?? this.#files.find(registry, repository);
    }
    return (await this.#files.find(registry, repository)) ?? this.#kept(registry, repository);
  }

  async httpHeaders(): Promise<Record<string, string>> {
    const { env, homeDir } = this.#options;
    const path = dockerConfigPath(env, homeDir);
    const headers = await this.#files.httpHeaders({ path, format: 'docker', named: false });
    return sendableHeaders(headers, path, this.#onProblem);
  }

  async list(): Promise<LoginInfo[]> {
    const session = [...this.#session].map(([registry, { username }]) =>
      loginInfo(parseRegistryKey(registry), username, { kind: 'session' }),
    );
    const vault = (await this.#vault.list()).map(({ registry, username }) =>
      loginInfo(parseRegistryKey(registry), username, { kind: 'vault' }),
    );
    return [...session, ...vault, ...(await this.#files.list())];
  }

  async save(registry: string, login: UserAndPassword, remember: Remember): Promise<LoginInfo> {
    const key = parseRegistryKey(registry);
    const name = nameOf(key);
    switch (remember) {
      case 'session':
        this.#session.set(name, login);
        return loginInfo(key, login.username, { kind: 'session' });
      case 'vault':
        await this.#vault.save(name, login);
        this.#session.delete(name);
        return loginInfo(key, login.username, { kind: 'vault' });
      case 'docker-file':
        if (this.#options.authFile === undefined) requireWholeRegistry(key, 'Docker’s config.json');
        return this.#saveInFile(key, login, this.#dockerLocation());
      case 'containers-file':
        return this.#saveInFile(key, login, this.#containersLocation());
      case 'image-store':
        requireWholeRegistry(key, 'The file of the image store');
        return this.#saveInFile(key, login, this.#imageStoreLocation());
    }
  }

  async askHelper(registry: string, helper: string): Promise<Login> {
    const { env } = this.#options;
    for (const server of serversOf(registry)) {
      const secret = await askHelper(helper, server, env);
      const key = `docker-credential-${helper}`;
      if (secret) return { ...secret, origin: { kind: 'file', path: this.#dockerLocation().path, key } };
    }
    const why = `it has no login for ${normalizeRegistry(registry)}`;
    const message = `The credential helper docker-credential-${helper} cannot be used: ${why}.`;
    throw new PushboatError('CREDENTIALS_UNREADABLE', message, { detail: why });
  }

  async useHelper(registry: string, helper: string, login?: UserAndPassword): Promise<void> {
    const { path } = this.#dockerLocation();
    const server = serverOf(registry);
    if (login) {
      await storeWithHelper(helper, server, login, this.#options.env);
      // By its word alone the login that is in the file would be lost.
      const { username, password } = await this.askHelper(registry, helper);
      if (username !== login.username || password !== login.password) throw helperForgets(helper);
    }
    await saveHelper(path, server, helper);
    // An entry that is there would not be asked: without the helper it is the login of others.
    await removeEntry(path, 'docker', registry);
  }

  async remove(registry: string): Promise<LoginInfo[]> {
    const key = parseRegistryKey(registry);
    const name = nameOf(key);
    const removed: LoginInfo[] = [];
    const session = this.#session.get(name);
    if (session && this.#session.delete(name)) removed.push(loginInfo(key, session.username, { kind: 'session' }));
    const vault = await this.#vault.remove(name);
    if (vault !== undefined) removed.push(loginInfo(key, vault, { kind: 'vault' }));
    const files = { files: this.#files, env: this.#options.env, onProblem: this.#onProblem };
    for (const location of this.#locations) removed.push(...(await removeFromFile(key, location, files)));
    return removed;
  }

  async rememberOptions(registry?: string): Promise<RememberOptions> {
    const reason = await this.#vault.unavailable();
    const files: Remember[] = ['docker-file', 'containers-file'];
    if (await isWritable(dirname(this.#imageStoreLocation().path))) files.push('image-store');
    const helpers = registry === undefined ? {} : { helpers: await this.#helperOffers(registry) };
    if (reason === undefined) return { available: ['vault', 'session', ...files], ...helpers };
    return { available: ['session', ...files], vaultUnavailable: reason, ...helpers };
  }

  /** What is installed, without the one that keeps the logins of this registry already, and those of other providers. */
  async #helperOffers(registry: string): Promise<HelperOffer[]> {
    const own = knownRegistry(registry)?.helpers ?? [];
    const used = await this.#files.helperOf({ ...this.#dockerLocation(), named: false }, registry);
    const installed = (await installedHelpers(this.#options.env)).filter((name) => name !== used);
    const useful = installed.filter((name) => own.includes(name) || !isProviderHelper(name));
    return useful.map((name) => ({ name, isProvider: own.includes(name) }));
  }

  async #kept(registry: string, repository?: string): Promise<Login | undefined> {
    const names = namesFor(registry, repository);
    const session = this.#session.get(names.find((name) => this.#session.has(name)) ?? '');
    if (session) return { ...session, origin: { kind: 'session' } };
    const vault = await this.#vault.find(names);
    return vault && { ...vault, origin: { kind: 'vault' } };
  }

  async #saveInFile(key: RegistryKey, login: UserAndPassword, location: AuthLocation): Promise<LoginInfo> {
    const { path } = location;
    const name = nameOf(key);
    // Docker calls registries by its own names; containers' files have the name of the reference.
    const written = key.path === '' && path === this.#dockerLocation().path ? serverOf(name) : name;
    // A named file that does not exist yet is made. Helpers keep logins of whole registries only.
    const helper = key.path === '' ? await this.#files.helperOf({ ...location, named: false }, name) : undefined;
    if (helper === undefined) await saveEntry(location, written, login);
    else {
      await storeWithHelper(helper, serverOf(name), login, this.#options.env);
      await saveMark(path, written);
    }
    const info = loginInfo(key, login.username, { kind: 'file', path, key: written });
    await this.#vault.remove(name);
    this.#session.delete(name);
    await this.#keepInFront(key, login);
    return info;
  }

  /** A login that an earlier file still has must not hide the one that was just given. */
  async #keepInFront(key: RegistryKey, login: UserAndPassword): Promise<void> {
    const name = nameOf(key);
    const found = await this.find(key.registry, key.path || undefined);
    if (!found || found.password === login.password || !isOfFile(found)) return;
    this.#session.set(name, login);
    const path = found.origin.path ?? originText(found.origin);
    const message = `An older login for ${name} in ${path} comes first when Pushboat starts again.`;
    this.#onProblem({ code: 'CREDENTIALS_UNREADABLE', message, path });
  }

  #dockerLocation(): AuthLocation {
    const { authFile, env, homeDir } = this.#options;
    return { path: authFile ?? dockerConfigPath(env, homeDir), format: 'docker', named: authFile !== undefined };
  }

  #containersLocation(): AuthLocation {
    const { authFile, env, homeDir } = this.#options;
    return { path: authFile ?? containersAuthPath(env, homeDir), format: 'docker', named: authFile !== undefined };
  }

  #imageStoreLocation(): AuthLocation {
    return { path: imageStoreAuthPath(this.#options), format: 'image-store', named: false };
  }
}

/** @throws PushboatError USAGE: tools that read such a file take the login of a namespace for that of the whole registry, or not at all */
function requireWholeRegistry({ registry, path }: RegistryKey, where: string): void {
  if (path === '') return;
  throw new PushboatError(
    'USAGE',
    `${where} keeps one login for all of ${registry}, not one for ${path} alone: keep it in the containers file (--remember containers-file).`,
  );
}

function isOfFile({ origin }: Login): boolean {
  return origin.kind === 'file' || origin.kind === 'environment';
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
