import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { Login, LoginInfo, Remember, RememberOptions } from '../../shared/logins.ts';
import { type AuthLocation, authLocations, containersAuthPath, dockerConfigPath } from './auth-locations.ts';
import { FileLogins, serverOf, serversOf } from './file-logins.ts';
import { eraseWithHelper, storeWithHelper } from './helper.ts';
import { normalizeRegistry } from './registry-keys.ts';
import type { CredentialService, VaultCipher } from './types.ts';
import { Vault } from './vault.ts';
import { removeEntry, saveEntry, saveMark } from './write.ts';

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

type UserAndPassword = { username: string; password: string };

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
    const { authFile } = this.#options;
    if (this.#given) return this.#given;
    if (authFile === undefined) return (await this.#kept(registry)) ?? this.#files.find(registry, repository);
    return (await this.#files.find(registry, repository)) ?? this.#kept(registry);
  }

  async list(): Promise<LoginInfo[]> {
    const session = [...this.#session].map(([registry, { username }]) =>
      loginInfo(registry, username, { kind: 'session' }),
    );
    const vault = (await this.#vault.list()).map(({ registry, username }) =>
      loginInfo(registry, username, { kind: 'vault' }),
    );
    return [...session, ...vault, ...(await this.#files.list())];
  }

  async save(registry: string, login: UserAndPassword, remember: Remember): Promise<LoginInfo> {
    const name = normalizeRegistry(registry);
    switch (remember) {
      case 'session':
        this.#session.set(name, login);
        return loginInfo(name, login.username, { kind: 'session' });
      case 'vault':
        await this.#vault.save(name, login);
        this.#session.delete(name);
        return loginInfo(name, login.username, { kind: 'vault' });
      case 'docker-file':
        return this.#saveInFile(name, login, this.#dockerLocation());
      case 'containers-file':
        return this.#saveInFile(name, login, this.#containersLocation());
    }
  }

  async remove(registry: string): Promise<LoginInfo[]> {
    const name = normalizeRegistry(registry);
    const removed: LoginInfo[] = [];
    const session = this.#session.get(name);
    if (session && this.#session.delete(name)) removed.push(loginInfo(name, session.username, { kind: 'session' }));
    const vault = await this.#vault.remove(name);
    if (vault !== undefined) removed.push(loginInfo(name, vault, { kind: 'vault' }));
    for (const location of this.#locations) removed.push(...(await this.#removeFromFile(name, location)));
    return removed;
  }

  async rememberOptions(): Promise<RememberOptions> {
    const reason = await this.#vault.unavailable();
    const others: Remember[] = ['session', 'docker-file', 'containers-file'];
    return reason === undefined ? { available: ['vault', ...others] } : { available: others, vaultUnavailable: reason };
  }

  async #kept(registry: string): Promise<Login | undefined> {
    const name = normalizeRegistry(registry);
    const session = this.#session.get(name);
    if (session) return { ...session, origin: { kind: 'session' } };
    const vault = await this.#vault.find(name);
    return vault && { ...vault, origin: { kind: 'vault' } };
  }

  async #saveInFile(name: string, login: UserAndPassword, location: AuthLocation): Promise<LoginInfo> {
    const { path } = location;
    // Docker calls registries by its own names; containers' files have the name of the reference.
    const key = path === this.#dockerLocation().path ? serverOf(name) : name;
    // A named file that does not exist yet is made.
    const helper = await this.#files.helperOf({ ...location, named: false }, name);
    if (helper === undefined) await saveEntry(path, key, login);
    else {
      await storeWithHelper(helper, serverOf(name), login, this.#options.env);
      await saveMark(path, key);
    }
    const info = loginInfo(name, login.username, { kind: 'file', path, key });
    await this.#vault.remove(name);
    this.#session.delete(name);
    await this.#keepInFront(name, login);
    return info;
  }

  /** A login that an earlier file still has must not hide the one that was just given. */
  async #keepInFront(name: string, login: UserAndPassword): Promise<void> {
    const found = await this.find(name);
    if (!found || found.password === login.password || found.origin.kind !== 'file') return;
    this.#session.set(name, login);
    const path = found.origin.path ?? 'another file';
    const message = `An older login for ${name} in ${path} comes first when Pushboat starts again.`;
    this.#onProblem({ code: 'CREDENTIALS_UNREADABLE', message, path });
  }

  async #removeFromFile(name: string, location: AuthLocation): Promise<LoginInfo[]> {
    const { path, format } = location;
    try {
      const entries = (await this.#files.list()).filter(
        ({ registry, origin }) => registry === name && origin.path === path,
      );
      const helper = await this.#files.helperOf(location, name);
      const helped = helper === undefined ? undefined : await this.#removeFromHelper(name, helper, path);
      if (!(await removeEntry(path, format, name))) return helped ? [helped] : [];
      const [first] = entries;
      return [helped ?? loginInfo(name, first?.username ?? '', first?.origin ?? { kind: 'file', path, key: name })];
    } catch (error) {
      this.#onProblem(toPushboatError(error).toData());
      return [];
    }
  }

  async #removeFromHelper(name: string, helper: string, path: string): Promise<LoginInfo | undefined> {
    const login = await new FileLogins(
      [{ path, format: 'docker', named: false }],
      this.#options.env,
      () => undefined,
    ).find(name);
    if (login?.origin.key !== `docker-credential-${helper}`) return undefined;
    for (const server of serversOf(name)) await eraseWithHelper(helper, server, this.#options.env);
    return loginInfo(name, login.username, login.origin);
  }

  #dockerLocation(): AuthLocation {
    const { authFile, env, homeDir } = this.#options;
    return { path: authFile ?? dockerConfigPath(env, homeDir), format: 'docker', named: authFile !== undefined };
  }

  #containersLocation(): AuthLocation {
    const { authFile, env, homeDir } = this.#options;
    return { path: authFile ?? containersAuthPath(env, homeDir), format: 'docker', named: authFile !== undefined };
  }
}

function loginInfo(registry: string, username: string, origin: LoginInfo['origin']): LoginInfo {
  return { registry, username, origin };
}
