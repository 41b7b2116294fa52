import { type ErrorData, toPushboatError } from '../../shared/errors.ts';
import type { Login } from '../../shared/logins.ts';
import { proxyText } from '../../shared/proxy-url.ts';
import { registryApiHost } from '../../shared/reference.ts';
import type { ProxyUse, RegistryAccess, SettingOrigin, TlsUse } from '../../shared/registry-access.ts';
import { connectionOf, isLoopbackRegistry, type RegistryPolicy } from '../../shared/registry-policy.ts';
import { insecureByAddress } from './docker-daemon-conf.ts';
import { chooseProxy } from './proxies.ts';
import { fileRules, type NetworkPlaces, registryCertificates } from './registry-files.ts';

export interface AccessRequest {
  registry: string;
  policy: RegistryPolicy;
  /** `--tls-verify`. */
  tlsVerify: boolean | undefined;
  repository?: string | undefined;
  places: NetworkPlaces;
  login: Login | undefined;
}

/** All that applies to a registry, and where each part comes from. What cannot be used is among the problems. */
export async function registryAccess(request: AccessRequest): Promise<RegistryAccess> {
  const { registry, repository, policy, places, login } = request;
  const problems: ErrorData[] = [];
  const rules = usable(problems, () => fileRules(registry, repository, places));
  const folder = usable(problems, () => registryCertificates(registry, places));
  const tls = tlsUse(request, rules && (rules.insecure ?? (await insecureByAddress(registry, places))));
  const settings: SettingOrigin = { kind: 'settings' };
  const inFolder: SettingOrigin =
    places.certDir === undefined ? fromFile(folder?.path) : { kind: 'command-line', name: '--cert-dir' };
  const client = policy.clientCertificate ?? folder?.client;
  return {
    registry,
    apiHost: registryApiHost(registry),
    blocked: rules?.blocked === undefined ? null : fromFile(rules.blocked),
    proxy: await proxyUse(request, tls, problems),
    tls,
    caFiles: [
      ...(folder?.ca ?? []).map((path) => ({ path, origin: inFolder })),
      ...(policy.caFile === undefined ? [] : [{ path: policy.caFile, origin: settings }]),
    ],
    clientCertificate: client ? { ...client, origin: policy.clientCertificate ? settings : inFolder } : null,
    login: login ? { registry, username: login.username, origin: login.origin } : null,
    problems,
  };
}

async function proxyUse(request: AccessRequest, tls: TlsUse, problems: ErrorData[]): Promise<ProxyUse> {
  const { registry, policy, places } = request;
  const apiHost = registryApiHost(registry);
  const url = new URL(`${tls.kind === 'none' ? 'http' : 'https'}://${apiHost}/v2/`);
  const own = policy.proxy === undefined ? undefined : { text: policy.proxy, apiHost };
  try {
    const { proxy, origin } = await chooseProxy(url, places, own);
    if (!proxy) return { kind: 'direct', origin };
    return { kind: 'proxy', url: proxyText(proxy), username: proxy.username, origin };
  } catch (thrown) {
    problems.push(toPushboatError(thrown).toData());
    return { kind: 'direct', origin: { kind: 'default' } };
  }
}

function tlsUse({ registry, policy, tlsVerify }: AccessRequest, insecure: string | undefined): TlsUse {
  const mayFallBack = connectionOf(registry, policy, tlsVerify).plainHttp === 'allowed';
  if (policy.tls === 'plain-http') return { kind: 'none', mayFallBack, origin: { kind: 'settings' } };
  if (tlsVerify === false) {
    return { kind: 'unverified', mayFallBack, origin: { kind: 'command-line', name: '--tls-verify=false' } };
  }
  switch (policy.tls) {
    case 'no-verify':
      return { kind: 'unverified', mayFallBack, origin: { kind: 'settings' } };
    case 'pinned':
      return { kind: 'pinned', mayFallBack, fingerprint256: policy.fingerprint256, origin: { kind: 'settings' } };
    case 'verify':
      return { kind: 'verified', mayFallBack, origin: { kind: 'settings' } };
    case undefined: {
      if (insecure !== undefined && tlsVerify === undefined) {
        return { kind: 'unverified', mayFallBack: true, origin: fromFile(insecure) };
      }
      const origin: SettingOrigin = isLoopbackRegistry(registry) ? { kind: 'loopback' } : { kind: 'default' };
      return { kind: 'verified', mayFallBack, origin };
    }
  }
}

/** What a file says; one that cannot be used is a problem. */
function usable<Value>(problems: ErrorData[], read: () => Value): Value | undefined {
  try {
    return read();
  } catch (thrown) {
    problems.push(toPushboatError(thrown).toData());
    return undefined;
  }
}

function fromFile(path: string | undefined): SettingOrigin {
  return { kind: 'file', path };
}
