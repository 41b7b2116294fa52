import { type ErrorData, messageOf, PushboatError, toPushboatError } from '../../shared/errors.ts';
import type { Login, LoginInfo, LoginOrigin } from '../../shared/logins.ts';
import { DOCKER_HUB } from '../../shared/reference.ts';
import { readTextIfThere } from '../files/text-file.ts';
import { type AuthFile, findEntry, parseAuthFile, type Secret, unreadableFile } from './auth-file.ts';
import type { AuthLocation } from './auth-locations.ts';
import { askHelper, HelperSilentError } from './helper.ts';
import { DOCKER_HUB_KEY, loginInfo, normalizeRegistry, parseRegistryKey } from './registry-keys.ts';

/** Milliseconds in which a helper that did not answer is not asked again: one push asks many times. */
const SILENT_FOR = 5 * 60_000;
/** Those in which one that failed is not: the questions of one push come together, and a person may mend it before the next. */
const FAILED_FOR = 5_000;

/** Logins in auth files and in the credential helpers that they name. Files are read each time: other tools change them. */
export class FileLogins {
  readonly #locations: AuthLocation[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #onProblem: (problem: ErrorData) => void;
  /** Until when helpers are not asked again, by name. */
  readonly #resting = new Map<string, number>();
  /** Questions under way: they are shared. */
  readonly #asking = new Map<string, Promise<Secret | undefined>>();

  constructor(locations: AuthLocation[], env: NodeJS.ProcessEnv, onProblem: (problem: ErrorData) => void) {
    this.#locations = locations;
    this.#env = env;
    this.#onProblem = onProblem;
  }

  /** @throws PushboatError CREDENTIALS_UNREADABLE for a file that a person named; other files are a problem that is told. */
  async find(registry: string, repository?: string): Promise<Login | undefined> {
    for (const location of this.#locations) {
      const file = await this.#read(location);
      if (!file) continue;
      const login =
        (await this.#fromHelper(file, location, registry)) ?? fromEntries(file, location, registry, repository);
      if (login) return login;
      const undecoded = findEntry(
        file.undecoded.map((key) => ({ key })),
        registry,
        repository,
      );
      if (undecoded) this.#onProblem(leftOut(undecodable(location, undecoded.key)));
    }
    return undefined;
  }

  /** What the files hold themselves; helpers are asked only for the registry that is needed, for they may ask a person. */
  async list(): Promise<LoginInfo[]> {
    const logins: LoginInfo[] = [];
    for (const location of this.#locations) {
      const file = await this.#read(location);
      for (const { key, username } of file?.entries ?? []) {
        logins.push(loginInfo(parseRegistryKey(key), username, originOf(location, key)));
      }
    }
    return logins;
  }

  /** The helper that a file names for a registry: `credHelpers` before `credsStore`. */
  async helperOf(location: AuthLocation, registry: string): Promise<string | undefined> {
    const file = await this.#read(location);
    return file && helperName(file, registry);
  }

  /** Headers that a file wants on every request to a registry. */
  async httpHeaders(location: AuthLocation): Promise<Record<string, string>> {
    return (await this.#read(location))?.httpHeaders ?? {};
  }

  async #fromHelper(file: AuthFile, location: AuthLocation, registry: string): Promise<Login | undefined> {
    // As in Docker, a variable names no programs.
    const helper = location.content === undefined ? helperName(file, registry) : undefined;
    if (helper === undefined || Date.now() < (this.#resting.get(helper) ?? 0)) return undefined;
    let secret: Secret | undefined;
    try {
      for (const server of serversOf(registry)) secret ??= await this.#ask(helper, server);
    } catch (error) {
      // Those who asked at the same time hear it together, and it is told once.
      if (Date.now() < (this.#resting.get(helper) ?? 0)) return undefined;
      this.#resting.set(helper, Date.now() + (error instanceof HelperSilentError ? SILENT_FOR : FAILED_FOR));
      this.#onProblem(leftOut(error, `${location.path} names it for ${registry}.`));
      return undefined;
    }
    const origin = { kind: 'file', path: location.path, key: `docker-credential-${helper}` } as const;
    return secret && { ...secret, origin };
  }

  #ask(helper: string, server: string): Promise<Secret | undefined> {
    const key = `${helper} ${server}`;
    const asking =
      this.#asking.get(key) ?? askHelper(helper, server, this.#env).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #read(location: AuthLocation): Promise<AuthFile | undefined> {
    const { path, format, named } = location;
    try {
      const text =
        location.content ??
        (await readTextIfThere(path).catch((error: unknown) => {
          throw unreadableFile(path, messageOf(error));
        }));
      if (text === undefined && named) throw unreadableFile(path, 'the file does not exist');
      return text === undefined ? undefined : parseAuthFile(text, format, path);
    } catch (error) {
      if (named || !(error instanceof PushboatError)) throw error;
      this.#onProblem(leftOut(error));
      return undefined;
    }
  }
}

/** How helpers and Docker's file call a registry. */
export function serverOf(registry: string): string {
  const normal = normalizeRegistry(registry);
  return normal === DOCKER_HUB ? DOCKER_HUB_KEY : normal;
}

/** The names under which helpers may know a registry: for Docker Hub Docker's own, and Podman's. */
export function serversOf(registry: string): string[] {
  return [...new Set([serverOf(registry), normalizeRegistry(registry)])];
}

/** Helpers are for whole hosts: a key with a path is none (https://docs.docker.com/reference/cli/docker/login/#credential-helpers). */
function helperName(file: AuthFile, registry: string): string | undefined {
  const wanted = normalizeRegistry(registry);
  const own = Object.entries(file.credHelpers).find(([key]) => {
    const { registry: host, path } = parseRegistryKey(key);
    return host === wanted && path === '';
  })?.[1];
  // An empty name means the file itself.
  return (own ?? file.credsStore) || undefined;
}

function fromEntries(file: AuthFile, location: AuthLocation, registry: string, repository?: string): Login | undefined {
  const entry = findEntry(file.entries, registry, repository);
  if (!entry) return undefined;
  const { key, ...secret } = entry;
  return { ...secret, origin: originOf(location, key) };
}

function originOf({ path, content }: AuthLocation, key: string): LoginOrigin {
  return content === undefined ? { kind: 'file', path, key } : { kind: 'environment', key };
}

/** Nothing of what it holds is shown: it may be a password that somebody wrote there as it is. */
function undecodable({ path }: AuthLocation, key: string): PushboatError {
  return unreadableFile(path, `the auth of ${key.slice(0, 200)} is not "user:password" in base64`);
}

/** As a problem that stops nothing: the search continues in the other places. */
function leftOut(error: unknown, who?: string): ErrorData {
  const { message, ...facts } = toPushboatError(error).toData();
  return { ...facts, message: who === undefined ? message : `${message} ${who}`, hint: 'goes-on-without-login' };
}
