import { BlockList } from 'node:net';
import { withoutBrackets } from '../../shared/host-names.ts';
import { NO_PROXY_AT_ALL, type ProxyUrl, parseProxyUrl } from '../../shared/proxy-url.ts';
import type { SettingOrigin } from '../../shared/registry-access.ts';
import { ipVersion, isIn, isLoopback, networkOf } from '../registry/http/addresses.ts';

/** Where proxies are set for all registries. */
export interface ProxySources {
  env: NodeJS.ProcessEnv;
  /** What the desktop's settings say for a URL, as in a PAC file (`PROXY host:port; DIRECT`). Absent on the command line. */
  systemProxy?: ((url: string) => Promise<string>) | undefined;
}

/** The proxy that is set for one registry. */
export interface OwnProxy {
  text: string;
  /** `host[:port]` of the registry's API. */
  apiHost: string;
}

/** What was chosen for a URL, and where that is set. Undefined: the host is asked directly. */
export interface ChosenProxy {
  proxy: ProxyUrl | undefined;
  origin: SettingOrigin;
}

/**
 * The proxy for a URL. The one that is set for the registry counts more than the environment, and that more than the system. What the
 * environment and the system say is not for this computer itself, as in Go's httpproxy.
 * @throws PushboatError PROXY_INVALID naming the variable
 */
export async function chooseProxy(url: URL, sources: ProxySources, own?: OwnProxy): Promise<ChosenProxy> {
  if (own && (url.host === hostOf(own, url) || !isExcluded(url, sources.env))) return ownProxy(own);
  if (isLoopback(url)) return { proxy: undefined, origin: { kind: 'loopback' } };
  const variable = variableFor(url, sources.env);
  if (variable === undefined) return systemProxy(url, sources);
  const excluding = noProxyOf(sources.env);
  if (excluding && isInNoProxy(url, excluding.text)) return fromEnvironment(excluding.name, undefined);
  return fromEnvironment(variable.name, parseProxyUrl(variable.text, variable.name));
}

function hostOf({ apiHost }: OwnProxy, { protocol }: URL): string {
  return new URL(`${protocol}//${apiHost}`).host;
}

function isExcluded(url: URL, env: NodeJS.ProcessEnv): boolean {
  return isLoopback(url) || isInNoProxy(url, noProxyOf(env)?.text ?? '');
}

function ownProxy({ text }: OwnProxy): ChosenProxy {
  const origin: SettingOrigin = { kind: 'settings' };
  return { proxy: text === NO_PROXY_AT_ALL ? undefined : parseProxyUrl(text, 'The proxy of this registry'), origin };
}

function fromEnvironment(name: string, proxy: ProxyUrl | undefined): ChosenProxy {
  return { proxy, origin: { kind: 'environment', name } };
}

/** The names in both letter cases, the lower ones first, as curl has it. */
function variableFor({ protocol }: URL, env: NodeJS.ProcessEnv): { name: string; text: string } | undefined {
  return firstSet([protocol === 'http:' ? 'http_proxy' : 'https_proxy', 'all_proxy'], env);
}

function noProxyOf(env: NodeJS.ProcessEnv): { name: string; text: string } | undefined {
  return firstSet(['no_proxy'], env);
}

function firstSet(names: string[], env: NodeJS.ProcessEnv): { name: string; text: string } | undefined {
  for (const name of names.flatMap((each) => [each, each.toUpperCase()])) {
    const text = env[name]?.trim();
    if (text) return { name, text };
  }
  return undefined;
}

async function systemProxy(url: URL, sources: ProxySources): Promise<ChosenProxy> {
  const rules = (await sources.systemProxy?.(url.href)) ?? '';
  const [, kind, place] = /^\s*(PROXY|HTTPS|SOCKS5?|SOCKS4)\s+([^\s;]+)/i.exec(rules) ?? [];
  if (kind === undefined || place === undefined) return { proxy: undefined, origin: { kind: 'default' } };
  const scheme = { PROXY: 'http', HTTPS: 'https' }[kind.toUpperCase()] ?? 'socks5';
  return { proxy: parseProxyUrl(`${scheme}://${place}`, 'The system’s proxy'), origin: { kind: 'system' } };
}

/**
 * Whether `NO_PROXY` has the URL's host: names with their subdomains, `.suffix` and `*.suffix` for those alone, addresses, networks (CIDR),
 * each with a port where it is for that only, and `*`. What is none of these matches nothing. As Go has it, suffixes count for addresses, too.
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function isInNoProxy(url: URL, list: string): boolean {
  const host = withoutBrackets(url.hostname).replace(/\.$/, '').toLowerCase();
  const port = url.port || (url.protocol === 'http:' ? '80' : '443');
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry === '*' || matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry.includes('/')) {
    const network = networkOf(entry);
    return network !== undefined && isIn(network, host);
  }
  const [, ipv6, name = entry, wantedPort] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const wanted = ipv6 ?? name;
  if (ipVersion(wanted) !== 0) return isSameAddress(wanted, host);
  const suffix = wanted.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

/** IPv6 addresses can be written in several ways. */
function isSameAddress(a: string, b: string): boolean {
  const list = new BlockList();
  list.addAddress(a, ipVersion(a) === 4 ? 'ipv4' : 'ipv6');
  return isIn(list, b);
}
