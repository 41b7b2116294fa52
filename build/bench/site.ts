import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type DockerRegistry, startDockerRegistry } from '../../test/fixtures/docker-registry.ts';
import { AccessLog, OWN_USER_AGENT } from './access-log.ts';

const PROXY = fileURLToPath(new URL('./proxy-process.ts', import.meta.url));

/** An empty docker-registry and the way to it: one for each measurement, so that nobody finds what another left. */
export interface Site extends AsyncDisposable {
  /** `127.0.0.1:port`, as in a reference. */
  readonly host: string;
  readonly log: AccessLog;
  /** Asks the registry itself. */
  hasTag(repository: string, tag: string): Promise<boolean>;
}

export async function openSite({ tls, roundTripMs }: { tls: boolean; roundTripMs: number }): Promise<Site> {
  const log = new AccessLog();
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(
    await startDockerRegistry({ tls, env: { REGISTRY_LOG_LEVEL: 'error' }, onOutput: log.add }),
  );
  const host = roundTripMs > 0 ? stack.use(await openProxy(registry.host, roundTripMs)).host : registry.host;
  const held = stack.move();
  return {
    host,
    log,
    hasTag: (repository, tag) => hasTag(registry, repository, tag),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function openProxy(target: string, roundTripMs: number): Promise<{ host: string } & AsyncDisposable> {
  const child = spawn(process.execPath, [PROXY, target, String(roundTripMs)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const host = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the delaying proxy ended with ${code}`)));
    createInterface(child.stdout).once('line', resolve);
  });
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

function hasTag({ url }: DockerRegistry, repository: string, tag: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'HEAD',
      headers: { accept: MANIFEST_TYPES.join(', '), 'user-agent': OWN_USER_AGENT },
      agent: false as const,
      // The certificate is our own; only whether the tag is there matters here.
      rejectUnauthorized: false,
    };
    const request = (url.startsWith('https') ? getTls : get)(`${url}/v2/${repository}/manifests/${tag}`, options);
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}
