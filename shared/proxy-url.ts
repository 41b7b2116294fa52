import { PushboatError } from './errors.ts';

/** A proxy as a person writes it: `[http|https|socks5://][user[:password]@]host[:port]`. */
export interface ProxyUrl {
  protocol: 'http' | 'https' | 'socks5';
  /** Without brackets. */
  host: string;
  port: number;
  username?: string | undefined;
  /** A secret: in the main process only. */
  password?: string | undefined;
}

const PORTS = { http: 80, https: 443, socks5: 1080 } as const;

/** In a policy, instead of a URL: no proxy, whatever environment and system say. */
export const NO_PROXY_AT_ALL = 'direct';

/**
 * Reads the URL of a proxy. Without a scheme `http` is meant, and a path behind it means nothing, as curl and Go take it; `socks5h` is
 * `socks5`, because the proxy resolves names in any case.
 * @param from where it stands, for the message.
 * @throws PushboatError PROXY_INVALID, without the password.
 */
export function parseProxyUrl(text: string, from: string): ProxyUrl {
  const shown = withoutLogin(text);
  const [, scheme = 'http', login, place = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*@)?([^/]*)(?:\/.*)?$/is.exec(text.trim()) ?? [];
  const protocol = protocolOf(scheme.toLowerCase());
  if (protocol === undefined)
    throw invalid(from, shown, `${scheme} is not a kind of proxy: http, https and socks5 are`);
  const [, ipv6, name, digits] = /^(?:\[([0-9a-f:.%]+)\]|([^\s/?#:@[\]]+))(?::(\d{1,5}))?$/i.exec(place) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? PORTS[protocol] : Number(digits);
  if (host === undefined) throw invalid(from, shown, 'it names no host');
  if (port < 1 || port > 65_535) throw invalid(from, shown, `${port} is not a port`);
  return { protocol, host, port, ...loginOf(login?.slice(0, -1), from, shown) };
}

/** The proxy without its login: what people and logs may see. */
export function proxyText({ protocol, host, port }: ProxyUrl): string {
  return `${protocol}://${hostAndPort({ host, port })}`;
}

export function hostAndPort({ host, port }: Pick<ProxyUrl, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function protocolOf(scheme: string): ProxyUrl['protocol'] | undefined {
  switch (scheme) {
    case 'http':
    case 'https':
    case 'socks5':
      return scheme;
    case 'socks5h':
    case 'socks':
      return 'socks5';
    default:
      return undefined;
  }
}

function loginOf(text: string | undefined, from: string, shown: string): Pick<ProxyUrl, 'username' | 'password'> {
  if (text === undefined) return {};
  const colon = text.indexOf(':');
  try {
    const username = decodeURIComponent(colon === -1 ? text : text.slice(0, colon));
    return { username, password: colon === -1 ? undefined : decodeURIComponent(text.slice(colon + 1)) };
  } catch {
    throw invalid(from, shown, 'a % in its user name or password has to be written as %25');
  }
}

function withoutLogin(text: string): string {
  return text.trim().replace(/^((?:[a-z][a-z0-9+.-]*:\/\/)?).*@/is, '$1');
}

function invalid(from: string, shown: string, why: string): PushboatError {
  const message = `${from} is not usable as a proxy (${JSON.stringify(shown.slice(0, 200))}): ${why}.`;
  return new PushboatError('PROXY_INVALID', message, { detail: why, hint: 'check-proxy' });
}
