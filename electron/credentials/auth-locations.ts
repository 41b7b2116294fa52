import { join } from 'node:path';
import type { AuthFileFormat } from './auth-file.ts';

/** An auth file that may exist. */
export interface AuthLocation {
  path: string;
  /** What the variable DOCKER_AUTH_CONFIG holds instead of a file; then `path` is its name. */
  content?: string;
  format: AuthFileFormat;
  /** A person named it: a fault in it is a failure, and no other file is looked at. */
  named: boolean;
}

export interface AuthLocationOptions {
  env: NodeJS.ProcessEnv;
  homeDir: string;
  authFile?: string | undefined;
  /** Auth file of the image-store tool. */
  imageStoreAuthFile?: string | undefined;
}

const IMAGE_STORE_AUTH_FILE = '/var/lib/ar/auth.json';
const AUTH_VARIABLE = 'DOCKER_AUTH_CONFIG';

/** Files with logins, in the order in which they are asked. */
export function authLocations(options: AuthLocationOptions): AuthLocation[] {
  const { env, homeDir, authFile } = options;
  if (authFile !== undefined) return [{ path: authFile, format: 'docker', named: true }];
  const fromEnv = env['REGISTRY_AUTH_FILE'];
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  const paths: [string | undefined, AuthFileFormat][] = [
    [fromEnv, 'docker'],
    [runtimeDir && join(runtimeDir, 'containers', 'auth.json'), 'docker'],
    [join(containersConfigDir(env, homeDir), 'auth.json'), 'docker'],
    [dockerConfigPath(env, homeDir), 'docker'],
    [join(homeDir, '.dockercfg'), 'dockercfg'],
    [imageStoreAuthPath(options), 'image-store'],
  ];
  const seen = new Set<string>();
  const files = paths.flatMap(([path, format]) => {
    if (!path || seen.has(path)) return [];
    seen.add(path);
    return [{ path, format, named: false }];
  });
  // https://docs.docker.com/reference/cli/docker/#environment-variables
  const content = env[AUTH_VARIABLE];
  return content ? [{ path: AUTH_VARIABLE, content, format: 'docker', named: false }, ...files] : files;
}

export function imageStoreAuthPath({ imageStoreAuthFile }: Pick<AuthLocationOptions, 'imageStoreAuthFile'>): string {
  return imageStoreAuthFile ?? IMAGE_STORE_AUTH_FILE;
}

/** Docker's own file: `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json` (`%USERPROFILE%\.docker` on Windows). */
export function dockerConfigPath(env: NodeJS.ProcessEnv, homeDir: string): string {
  return join(env['DOCKER_CONFIG'] || join(homeDir, '.docker'), 'config.json');
}

/**
 * Where `podman login` writes: `$REGISTRY_AUTH_FILE`, else the runtime folder (gone after a restart, as its own logins are), else
 * the configuration folder.
 */
export function containersAuthPath(env: NodeJS.ProcessEnv, homeDir: string): string {
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  if (env['REGISTRY_AUTH_FILE']) return env['REGISTRY_AUTH_FILE'];
  return runtimeDir
    ? join(runtimeDir, 'containers', 'auth.json')
    : join(containersConfigDir(env, homeDir), 'auth.json');
}

function containersConfigDir(env: NodeJS.ProcessEnv, homeDir: string): string {
  return join(env['XDG_CONFIG_HOME'] || join(homeDir, '.config'), 'containers');
}
