import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { LoginInfo, LoginOrigin } from '../../shared/logins.ts';
import type { AuthLocation } from './auth-locations.ts';
import { FileLogins, serversOf } from './file-logins.ts';
import { eraseWithHelper } from './helper.ts';
import { loginInfo, nameOf, parseRegistryKey, type RegistryKey } from './registry-keys.ts';
import { removeEntry } from './write.ts';

interface Files {
  /** Of all locations. */
  files: FileLogins;
  env: NodeJS.ProcessEnv;
  /** Told of a file that cannot be changed: the other places are signed out from all the same. */
  onProblem: (problem: ErrorData) => void;
}

/** Removes the login of a registry from one auth file, and from the helper that it names. Returns what was there. */
export async function removeFromFile(
  key: RegistryKey,
  location: AuthLocation,
  { files, env, onProblem }: Files,
): Promise<LoginInfo[]> {
  const { path, format, content } = location;
  const name = nameOf(key);
  try {
    const entries = (await files.list()).filter(({ registry, namespace = '', origin }) => {
      return registry === key.registry && namespace === key.path && isAt(origin, location);
    });
    if (content !== undefined) {
      if (entries.length > 0) onProblem(staysInVariable(name, path));
      return [];
    }
    const helper = key.path === '' ? await files.helperOf(location, name) : undefined;
    const helped = helper === undefined ? undefined : await removeFromHelper(name, helper, path, env);
    if (!(await removeEntry(path, format, name))) return helped ? [helped] : [];
    const [first] = entries;
    return [helped ?? loginInfo(key, first?.username ?? '', first?.origin ?? { kind: 'file', path, key: name })];
  } catch (error) {
    onProblem(toPushboatError(error).toData());
    return [];
  }
}

/** Undefined where the helper has none, or the file has one of its own. */
async function removeFromHelper(
  name: string,
  helper: string,
  path: string,
  env: NodeJS.ProcessEnv,
): Promise<LoginInfo | undefined> {
  const login = await new FileLogins([{ path, format: 'docker', named: false }], env, () => undefined).find(name);
  if (login?.origin.key !== `docker-credential-${helper}`) return undefined;
  for (const server of serversOf(name)) await eraseWithHelper(helper, server, env);
  return loginInfo(parseRegistryKey(name), login.username, login.origin);
}

function isAt(origin: LoginOrigin, { path, content }: AuthLocation): boolean {
  return content === undefined ? origin.path === path : origin.kind === 'environment';
}

function staysInVariable(name: string, variable: string): ErrorData {
  const message = `The login for ${name} in the variable ${variable} stays: unset the variable to be without it.`;
  return { code: 'CREDENTIALS_UNREADABLE', message };
}
