import { hostAndPort, NO_PROXY_AT_ALL, type ProxyUrl, parseProxyUrl } from '../../shared/proxy-url.ts';
import { registryApiHost } from '../../shared/reference.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import type { CredentialService } from '../credentials/types.ts';
import type { NetworkRules } from '../registry/http/routes.ts';
import { readPair, readPem } from '../registry/http/tls.ts';
import { certificateFolder } from './certs-d.ts';
import { insecureByAddress } from './docker-daemon-conf.ts';
import { chooseProxy } from './proxies.ts';
import { type NetworkPlaces, registryCertificates } from './registry-files.ts';

export interface NetworkRulesOptions {
  registry: string;
  policy: RegistryPolicy;
  places: NetworkPlaces;
  credentials: Pick<CredentialService, 'findKept'>;
}

/** How the hosts of a registry are reached, as `registryAccess` tells it. */
export function networkRules({ registry, policy, places, credentials }: NetworkRulesOptions): NetworkRules {
  const apiHost = registryApiHost(registry);
  const own = policy.proxy === undefined ? undefined : { text: policy.proxy, apiHost };
  return {
    proxyFor: async (url) => {
      const { proxy, origin } = await chooseProxy(url, places, own);
      return proxy && origin.kind === 'settings' ? withPassword(proxy, credentials) : proxy;
    },
    certificatesFor: async (url) => {
      const ofRegistry = registryCertificates(registry, places);
      const isRegistry = isHost(url, apiHost);
      const ofHost = isRegistry || places.certDir !== undefined ? ofRegistry : certificateFolder([url.host], places);
      const client = (isRegistry ? policy.clientCertificate : undefined) ?? ofHost?.client;
      const caFiles = [...new Set([...(ofRegistry?.ca ?? []), ...(ofHost?.ca ?? [])])];
      const ca = await Promise.all(caFiles.map((path) => readPem(path, 'CA file')));
      return client ? { ca, client: await readPair(client) } : { ca };
    },
    isInsecure: async () => policy.tls === undefined && (await insecureByAddress(registry, places)) !== undefined,
  };
}

/** Whether a URL's host and port are those of a registry's API. */
function isHost({ protocol, host }: URL, apiHost: string): boolean {
  return new URL(`${protocol}//${apiHost}`).host === host;
}

/**
 * A policy as it may be kept: the password of its proxy becomes a login for the proxy's host and port, since settings hold no secrets.
 * @throws PushboatError PROXY_INVALID
 */
export async function withoutSecrets(
  policy: RegistryPolicy,
  credentials: Pick<CredentialService, 'save' | 'rememberOptions'>,
): Promise<RegistryPolicy> {
  if (policy.proxy === undefined || policy.proxy === NO_PROXY_AT_ALL) return policy;
  const proxy = parseProxyUrl(policy.proxy, 'The proxy of this registry');
  const { username, password } = proxy;
  if (username !== undefined && password !== undefined) {
    const { available } = await credentials.rememberOptions();
    const place = available.includes('vault') ? 'vault' : 'containers-file';
    await credentials.save(hostAndPort(proxy), { username, password }, place);
  }
  const user = username === undefined ? '' : `${encodeURIComponent(username)}@`;
  return { ...policy, proxy: `${proxy.protocol}://${user}${hostAndPort(proxy)}` };
}

/** Settings hold no secrets: the password of a registry's own proxy is kept as a login for the proxy's host and port. */
async function withPassword(proxy: ProxyUrl, credentials: Pick<CredentialService, 'findKept'>): Promise<ProxyUrl> {
  if (proxy.username === undefined || proxy.password !== undefined) return proxy;
  const login = await credentials.findKept(hostAndPort(proxy));
  return login?.username === proxy.username ? { ...proxy, password: login.password } : proxy;
}
