import { resolve } from 'node:path';
import { MOST_RETRY_SECONDS } from '../../../shared/choices.ts';
import { hostAndPort, NO_PROXY_AT_ALL, parseProxyUrl } from '../../../shared/proxy-url.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { registryName } from '../../access/registry-info.ts';
import { requireUsable } from '../../access/registry-trust.ts';
import type { Services } from '../../services.ts';
import { usageError } from '../errors.ts';
import { ask, type CommandIo, isInteractive, readSecretFromStdin } from '../io.ts';
import { speechTo } from '../language/language.ts';
import { openSession } from '../session.ts';
import { policyOf, show } from './command.ts';

export interface RegistrySetOptions {
  json?: boolean;
  tlsVerify?: boolean;
  /** False with `--no-ca-file`. */
  caFile?: string | false;
  plainHttp?: boolean;
  clientCert?: string | false;
  clientKey?: string;
  proxy?: string;
  proxyPasswordStdin?: boolean;
  chunkSize?: number | 'default';
  parallel?: number | 'default';
  requests?: number | 'default';
  /** Milliseconds. */
  retryFor?: number | 'default';
}

/** `registry set HOST`: changes what is set for it; what is not named stays. */
export async function registrySetCommand(host: string, options: RegistrySetOptions, io: CommandIo): Promise<void> {
  registryName(host);
  const change = policyChange(options);
  const { proxyPasswordStdin = false } = options;
  if (Object.keys(change).length === 0 && !proxyPasswordStdin)
    throw usageError('registry set needs at least one option that says what to set.');
  const { json = false } = options;
  await using services = await openSession({ json }, io);
  const policy = withChange(policyOf(await services.registryInfo(host), services), change);
  await requireUsable(policy);
  const asked = change.proxy !== undefined || proxyPasswordStdin;
  const proxy = asked ? await withProxyPassword(policy.proxy, proxyPasswordStdin, services, io) : undefined;
  await services.setPolicy(host, proxy === undefined ? policy : { ...policy, proxy });
  await show(host, services, { json }, io);
}

/**
 * The proxy with the password of its user, which is kept as a login and not with the settings; undefined where there is none to keep. A
 * person is asked for one that is not known yet.
 */
async function withProxyPassword(
  text: string | undefined,
  fromStdin: boolean,
  { credentials }: Services,
  io: CommandIo,
): Promise<string | undefined> {
  const proxy = text === undefined || text === NO_PROXY_AT_ALL ? undefined : parseProxyUrl(text, '--proxy');
  const { username } = proxy ?? {};
  if (!proxy || username === undefined) {
    if (!fromStdin) return undefined;
    throw usageError('--proxy-password-stdin needs a proxy with a user name: --proxy USER@HOST:PORT.');
  }
  const place = hostAndPort(proxy);
  if (!fromStdin && (!isInteractive(io) || (await credentials.findKept(place))?.username === username))
    return undefined;
  const question = speechTo(io).say`Password of ${username} at the proxy ${place} (empty: none): `;
  const password = fromStdin ? await readSecretFromStdin(io) : await ask(io, question, { secret: true });
  if (password === '' && fromStdin) throw usageError('Standard input gave no password.');
  const login = [username, password].map(encodeURIComponent).join(':');
  return password === '' ? undefined : `${proxy.protocol}://${login}@${place}`;
}

type PolicyChange = { [Field in keyof RegistryPolicy]?: RegistryPolicy[Field] | undefined };

/** @throws PushboatError USAGE for options that contradict each other */
function policyChange(options: RegistrySetOptions): PolicyChange {
  const { caFile, plainHttp, tlsVerify, clientCert, clientKey, proxy } = options;
  if (plainHttp && tlsVerify !== undefined) {
    throw usageError('--plain-http and --tls-verify contradict each other: over plain HTTP there are no certificates.');
  }
  if (Boolean(clientCert) !== (clientKey !== undefined)) {
    throw usageError('--client-cert and --client-key belong together: give both.');
  }
  const change: PolicyChange = {};
  if (clientCert === false) change.clientCertificate = undefined;
  else if (clientCert !== undefined && clientKey !== undefined) {
    change.clientCertificate = { certificate: resolve(clientCert), key: resolve(clientKey) };
  }
  if (proxy !== undefined) change.proxy = proxy === 'default' ? undefined : proxy;
  if (plainHttp !== undefined) change.tls = plainHttp ? 'plain-http' : 'verify';
  if (tlsVerify !== undefined) change.tls = tlsVerify ? 'verify' : 'no-verify';
  if (caFile !== undefined) change.caFile = caFile === false ? undefined : resolve(caFile);
  return { ...change, ...limitsChange(options) };
}

function limitsChange({ chunkSize, parallel, requests, retryFor }: RegistrySetOptions): PolicyChange {
  const change: PolicyChange = {};
  if (chunkSize !== undefined) change.chunkSize = chunkSize === 'default' ? undefined : chunkSize;
  if (parallel !== undefined) change.maxUploads = parallel === 'default' ? undefined : parallel;
  if (requests !== undefined) change.maxRequests = requests === 'default' ? undefined : requests;
  if (retryFor !== undefined) change.retryForSeconds = retryFor === 'default' ? undefined : Math.round(retryFor / 1000);
  if ((change.retryForSeconds ?? 0) > MOST_RETRY_SECONDS) throw usageError('--retry-for is a day (24h) at most.');
  return change;
}

/** A field that became undefined is not set any more. */
function withChange(policy: RegistryPolicy, change: PolicyChange): RegistryPolicy {
  return Object.fromEntries(Object.entries({ ...policy, ...change }).filter(([, value]) => value !== undefined));
}
