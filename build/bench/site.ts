import { mkdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { join } from 'node:path';
import { makeCertificates } from '../../test/fixtures/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../../test/fixtures/docker-registry.ts';
import { makeTempDir } from '../../test/fixtures/temp-dir.ts';
import { AccessLog, OWN_USER_AGENT, type Traffic } from './access-log.ts';
import { openLine } from './line.ts';
import type { LineTraffic } from './round-trips.ts';
import { PASSWORD, startTokenServer, USER } from './token-server.ts';
import type { TimedWorkload } from './workloads.ts';

/** What was seen of one push: at the registry, and on the line to it where there is one. */
export type SiteTraffic = Traffic & Partial<LineTraffic>;

/** An empty docker-registry and the way to it: one for each measurement, so that nobody finds what another left. */
export interface Site extends AsyncDisposable {
  /** `127.0.0.1:port`, as in a reference. */
  readonly host: string;
  /** PEM file of the authority, where certificates are verified. */
  readonly caFile: string | undefined;
  /** Folder with Docker's `config.json`, where a login is needed. */
  readonly loginDir: string | undefined;
  /** Whether the line to it, where there is one, takes its time. */
  set(delay: 'near' | 'far'): Promise<void>;
  /** What has come since the last call. */
  takeTraffic(): Promise<SiteTraffic>;
  /** Asks the registry itself. */
  hasTag(repository: string, tag: string): Promise<boolean>;
}

export type SiteOptions = Pick<TimedWorkload, 'tls' | 'roundTripMs' | 'bytesPerSecond' | 'felt' | 'proxied'>;

export async function openSite({ tls, roundTripMs, bytesPerSecond = 0, felt, proxied }: SiteOptions): Promise<Site> {
  const log = new AccessLog();
  await using stack = new AsyncDisposableStack();
  const delaysConnections = felt !== undefined || proxied === true;
  const line = roundTripMs > 0 ? stack.use(openLine({ roundTripMs, bytesPerSecond, delaysConnections })) : undefined;
  const folder = stack.use(await makeTempDir('bench-site'));
  const tokens = felt?.login === 'token-server' ? stack.use(await startTokenServer()) : undefined;
  const caFile = join(folder.path, 'ca.crt');
  if (felt) await writeFile(caFile, (await makeCertificates()).ca.cert);
  const auth = tokens ? tokens.registryEnvironment((await line?.to(tokens.host)) ?? tokens.host, caFile) : {};
  const registry = stack.use(
    await startDockerRegistry({ tls, env: { REGISTRY_LOG_LEVEL: 'error', ...auth }, onOutput: log.add }),
  );
  const host = (await line?.to(registry.host)) ?? registry.host;
  const loginDir = tokens && (await writeLogin(join(folder.path, 'login'), host));
  const held = stack.move();
  return {
    host,
    caFile: felt && caFile,
    loginDir,
    set: async (delay) => line?.set(delay),
    takeTraffic: async () => {
      const traffic = log.take();
      return { ...traffic, requests: traffic.requests + (tokens?.takeRequests() ?? 0), ...(await line?.take()) };
    },
    hasTag: (repository, tag) => hasTag(registry, repository, tag, tokens?.token([`repository:${repository}:pull`])),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function writeLogin(folder: string, host: string): Promise<string> {
  await mkdir(folder);
  const auth = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
  return folder;
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

function hasTag({ url }: DockerRegistry, repository: string, tag: string, token: string | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'HEAD',
      headers: {
        accept: MANIFEST_TYPES.join(', '),
        'user-agent': OWN_USER_AGENT,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
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
