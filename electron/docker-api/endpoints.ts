import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PushboatError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { unreadable } from '../files/system-errors.ts';
import { readTextIfThere } from '../files/text-file.ts';
import { type EngineAddress, type EngineTls, parseEngineAddress } from './address.ts';

/** Docker, or Podman's service, which speaks the same API. */
export type EngineName = 'Docker' | 'Podman';

const DEFAULT_SOCKET = '/var/run/docker.sock';
/** Milliseconds. */
const CONNECT_TIME = 1_000;
const DEFAULT_PIPE = '\\\\.\\pipe\\docker_engine';
/** Of the machine that `podman machine init` makes on Windows. */
const PODMAN_PIPE = '\\\\.\\pipe\\podman-machine-default';

const configSchema = lazySchema(() => z.object({ currentContext: z.string().optional() }));

/** `~/.docker/contexts/meta/<sha256 of the name>/meta.json`. */
const contextSchema = lazySchema(() =>
  z.object({
    Endpoints: z.object({ docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }).optional() }),
  }),
);

/**
 * Docker's address as its own command line chooses it: `DOCKER_HOST`, else the context that `DOCKER_CONTEXT` or
 * `~/.docker/config.json` names, else the usual socket; where that is not there, a user's own engine.
 * @throws PushboatError ENGINE_FAILED for an address or context that cannot be used, SOURCE_UNREADABLE
 */
export async function dockerAddress(
  environment: LocalEnvironment,
  usualSocket = DEFAULT_SOCKET,
): Promise<EngineAddress> {
  const { env, homeDir, platform } = environment;
  const host = env['DOCKER_HOST'];
  const configDir = env['DOCKER_CONFIG'] || join(homeDir, '.docker');
  if (host) return parseEngineAddress(host, await tlsOfEnvironment(env, configDir));
  const context = env['DOCKER_CONTEXT'] || (await currentContext(join(configDir, 'config.json')));
  if (context && context !== 'default') return contextAddress(configDir, context);
  if (platform === 'win32') return { kind: 'socket', path: DEFAULT_PIPE };
  return { kind: 'socket', path: await servedSocket([usualSocket, ...otherSockets(environment)], usualSocket) };
}

/**
 * The first socket that somebody listens at: an engine that was killed leaves its own behind. Where nobody listens at any, the first that is
 * there, else `usual`. A lone one is not tried.
 */
async function servedSocket(paths: readonly string[], usual: string): Promise<string> {
  const there = paths.filter((path) => existsSync(path));
  const [first = usual] = there;
  if (there.length < 2) return first;
  for (const path of there) if (await isServed(path)) return path;
  return first;
}

/** One that does not answer at once is served, too: its engine may be starting. */
function isServed(path: string): Promise<boolean> {
  // Loaded only here: most commands ask no engine.
  const socket = process.getBuiltinModule('node:net').connect(path);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.setTimeout(CONNECT_TIME, () => resolve(true));
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/**
 * Where engines of one user have their socket. Each makes a context of its own, but not everybody's is in use: an app may change the
 * current one, and be gone.
 */
function otherSockets({ env, homeDir, uid }: LocalEnvironment): string[] {
  const runtimeDir = env['XDG_RUNTIME_DIR'] || (uid ? `/run/user/${uid}` : undefined);
  return [
    // Docker without root: https://docs.docker.com/engine/security/rootless/
    ...(runtimeDir === undefined ? [] : [join(runtimeDir, 'docker.sock')]),
    // Docker Desktop on macOS and on Linux, OrbStack, Colima, Rancher Desktop, Lima's docker template.
    ...[
      '.docker/run',
      '.docker/desktop',
      '.orbstack/run',
      '.colima/default',
      '.colima',
      '.rd',
      '.lima/docker/sock',
    ].map((folder) => join(homeDir, folder, 'docker.sock')),
  ];
}

/** The address of Podman's service: `CONTAINER_HOST`, else that of its machine, or the user's own socket, else the system's. @throws as `dockerAddress` */
export async function podmanAddress(environment: LocalEnvironment): Promise<EngineAddress> {
  const { env, platform, uid } = environment;
  const host = env['CONTAINER_HOST'];
  if (host) return parseEngineAddress(host);
  if (platform === 'win32') return { kind: 'socket', path: PODMAN_PIPE };
  if (platform === 'darwin') return { kind: 'socket', path: await machineSocket(environment) };
  const system = '/run/podman/podman.sock';
  const runtimeDir = env['XDG_RUNTIME_DIR'] || (uid ? `/run/user/${uid}` : undefined);
  const own = runtimeDir === undefined || uid === 0 ? undefined : join(runtimeDir, 'podman', 'podman.sock');
  const paths = own === undefined ? [system] : [own, system];
  return { kind: 'socket', path: await servedSocket(paths, own ?? system) };
}

/** `podman machine` on macOS links its socket in the home folder; one of Podman 5 may have it in the folder for temporary files alone. */
function machineSocket({ homeDir, temporaryDir }: LocalEnvironment): Promise<string> {
  const linked = join(homeDir, '.local', 'share', 'containers', 'podman', 'machine', 'podman.sock');
  return servedSocket([linked, join(temporaryDir, 'podman', 'podman-machine-default-api.sock')], linked);
}

/** The Docker command line uses TLS with either variable, and does not verify with `DOCKER_TLS` alone. */
async function tlsOfEnvironment(env: NodeJS.ProcessEnv, configDir: string): Promise<EngineTls | undefined> {
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  if (!verify && !env['DOCKER_TLS'] && !env['DOCKER_CERT_PATH']) return undefined;
  const files = await tlsFiles(env['DOCKER_CERT_PATH'] || configDir);
  return { ...files, verify: verify || !env['DOCKER_TLS'] };
}

async function tlsFiles(folder: string): Promise<Omit<EngineTls, 'verify'>> {
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map((name) => read(join(folder, name))));
  return {
    ca,
    cert,
    key,
  };
}

async function currentContext(path: string): Promise<string | undefined> {
  const text = await read(path);
  // A damaged config.json is the credentials' business to report.
  return text === undefined ? undefined : configSchema.safeParse(jsonOrUndefined(text)).data?.currentContext;
}

async function contextAddress(configDir: string, name: string): Promise<EngineAddress> {
  const id = createHash('sha256').update(name).digest('hex');
  const path = join(configDir, 'contexts', 'meta', id, 'meta.json');
  const text = await read(path);
  const endpoint =
    text === undefined ? undefined : contextSchema.safeParse(jsonOrUndefined(text)).data?.Endpoints.docker;
  if (!endpoint) {
    const detail = text === undefined ? `${path} does not exist` : `${path} names no Docker endpoint`;
    throw new PushboatError('ENGINE_FAILED', `The Docker context ${JSON.stringify(name)} cannot be used: ${detail}.`, {
      path,
      detail,
      hint: 'start-engine',
    });
  }
  const files = await tlsFiles(join(configDir, 'contexts', 'tls', id, 'docker'));
  const hasTls = Object.values(files).some((each) => each !== undefined);
  return parseEngineAddress(endpoint.Host, hasTls ? { ...files, verify: endpoint.SkipTLSVerify !== true } : undefined);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readTextIfThere(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Where the engine is for this user. @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE */
export function engineAddress(engine: EngineName, environment: LocalEnvironment) {
  switch (engine) {
    case 'Docker':
      return dockerAddress(environment);
    case 'Podman':
      return podmanAddress(environment);
  }
}
