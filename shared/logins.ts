import { z } from 'zod';
import { lazySchema } from './lazy-schema.ts';

/**
 * Where a login came from: `command-line`, `session`, `vault` (encrypted by the operating system), `environment` (DOCKER_AUTH_CONFIG), or a
 * file's path with the key that matched. Shown to people.
 */
export interface LoginOrigin {
  kind: 'command-line' | 'session' | 'vault' | 'environment' | 'file';
  /** Absolute path, for files. */
  path?: string;
  /** The key in the file that matched. */
  key?: string;
}

/**
 * A login with its secret: lives in the main process only, never crosses IPC, never in a log or an error.
 * With `identityToken` (an OAuth2 refresh token; the user name is `<token>`) there is no password, nor with `registryToken`, which is sent to
 * the registry as it is.
 */
export interface Login {
  username: string;
  password: string;
  identityToken?: string;
  registryToken?: string;
  origin: LoginOrigin;
}

/** A login without its secret. */
export interface LoginInfo {
  registry: string;
  /** The repositories that it is for, when not all: `acme` or `acme/web`. */
  namespace?: string;
  username: string;
  origin: LoginOrigin;
}

/** What the window needs to know of a registry while a target is typed. */
export interface RegistryInfo {
  registry: string;
  apiHost: string;
  login: LoginInfo | null;
  /** The connection is (or may fall back to) plain HTTP. */
  plainHttp: 'no' | 'allowed' | 'set';
  /** How it is really talked to; absent before it has answered. */
  scheme?: 'http' | 'https' | undefined;
  /** Certificates are not verified. */
  verify: boolean;
}

export const rememberSchema = lazySchema(() =>
  z.enum(['vault', 'session', 'docker-file', 'containers-file', 'image-store']),
);
/** Where to keep a login: encrypted on this computer, for this session, or in the auth file of Docker, containers or the image store. */
export type Remember = z.infer<typeof rememberSchema>;

/** What can be offered, with the reason why the vault cannot. */
export interface RememberOptions {
  available: Remember[];
  vaultUnavailable?: string;
  /** Credential helpers that are installed and not yet used for the registry that was named. */
  helpers?: HelperOffer[];
}

/** A program `docker-credential-NAME` on PATH. */
export interface HelperOffer {
  name: string;
  /** The registry's own provider made it: it has the login already, and nobody types a password. */
  isProvider: boolean;
}

/** One sentence part that names the origin, for people: `~/.docker/config.json`, `this session`, …. */
export function originText(origin: LoginOrigin): string {
  switch (origin.kind) {
    case 'command-line':
      return 'the command line';
    case 'session':
      return 'this session';
    case 'vault':
      return 'the vault of this computer';
    case 'environment':
      return 'the variable DOCKER_AUTH_CONFIG';
    case 'file':
      return origin.path ?? 'a file';
  }
}
