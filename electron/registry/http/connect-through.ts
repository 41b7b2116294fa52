import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { messageOf } from '../../../shared/errors.ts';
import { hostAndPort, type ProxyUrl } from '../../../shared/proxy-url.ts';
import { ProxyError, type ProxyTarget, proxyAuthorization, Replies } from './proxy.ts';
import { type ApiResponse, header as headerOf, NETWORK_LOGIN } from './response.ts';
import { connectBySocks } from './socks5.ts';
import type { SystemTrust } from './tls.ts';
import { USER_AGENT } from './user-agent.ts';
import { VERIFIED } from './verified.ts';

/** Bytes of an answer to CONNECT that are read. */
const MAX_HEAD = 16 * 1024;

export interface TunnelOptions {
  /** Whose CAs the certificate of a proxy of `https:` is checked with. */
  system: SystemTrust;
  /** Milliseconds, for reaching the proxy and again for its answer. */
  timeout: number;
}

/** Opens a connection to a proxy, and verifies that of `https:`. @throws ProxyError */
export async function connectToProxy(proxy: ProxyUrl, { system, timeout }: TunnelOptions): Promise<Socket> {
  const isTls = proxy.protocol === 'https';
  const connect = buildConnector({
    allowH2: false,
    timeout,
    ...VERIFIED,
    ...(isTls ? { secureContext: system.context } : {}),
  });
  const place = { hostname: proxy.host, host: proxy.host, port: String(proxy.port) };
  return new Promise((resolve, reject) => {
    connect({ ...place, protocol: isTls ? 'https:' : 'http:' }, (...[error, socket]) => {
      if (error === null) return resolve(socket);
      return reject(new ProxyError(proxy, 'unreachable', `cannot be reached: ${messageOf(error)}`, { cause: error }));
    });
  });
}

/** A connection to a host by way of a proxy, which looks its name up. @throws ProxyError */
export async function openTunnel(proxy: ProxyUrl, target: ProxyTarget, options: TunnelOptions): Promise<Socket> {
  const socket = await connectToProxy(proxy, options);
  try {
    await connectThrough(proxy, socket, target, options.timeout);
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  }
}

/**
 * Has a proxy connect an open connection to it to a host, whose name the proxy looks up. Afterwards the socket is that connection.
 * @param timeout milliseconds.
 * @throws ProxyError
 */
async function connectThrough(proxy: ProxyUrl, socket: Socket, target: ProxyTarget, timeout: number): Promise<void> {
  const replies = new Replies(proxy, socket, timeout);
  try {
    await (proxy.protocol === 'socks5'
      ? connectBySocks(proxy, replies, target)
      : connectByHttp(proxy, replies, target));
  } finally {
    replies.end();
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-connect */
async function connectByHttp(proxy: ProxyUrl, replies: Replies, target: ProxyTarget): Promise<void> {
  const place = hostAndPort(target);
  const headers = { host: place, 'user-agent': USER_AGENT, ...proxyAuthorization(proxy) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  replies.write(Buffer.from(`CONNECT ${place} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'));
  const head = (await replies.until('\r\n\r\n', MAX_HEAD)).toString('latin1');
  const [, digits, reason = ''] = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?/.exec(head) ?? [];
  if (digits === undefined) throw new ProxyError(proxy, 'protocol', 'answers CONNECT with something that is not HTTP');
  const status = Number(digits);
  if (status >= 200 && status < 300) return;
  throw refusal(proxy, { status, reason, header: (name) => headerIn(head, name) }, place);
}

/** What is needed of an answer to tell why a proxy does not connect. */
interface ProxyAnswer {
  status: number;
  reason: string;
  header: (name: string) => string | undefined;
}

/** What an answer of the proxy itself, instead of the registry's, means. */
function refusal(proxy: ProxyUrl, { status, reason, header }: ProxyAnswer, place: string): ProxyError {
  const own = header('x-squid-error')?.split(' ', 1)[0];
  const words = [`${status} ${reason}`.trim(), own === undefined ? [] : [own]].flat().join(', ');
  if (status === 407) {
    const schemes = header('proxy-authenticate') ?? '';
    if (proxy.username !== undefined && /\bbasic\b/i.test(schemes)) {
      return new ProxyError(proxy, 'login', `refuses the login of ${proxy.username} (${words})`, { status });
    }
    const offered = schemes === '' || /\bbasic\b/i.test(schemes) ? '' : `, and offers only ${schemes.slice(0, 100)}`;
    return new ProxyError(proxy, 'login', `wants a user name and a password (${words})${offered}`, { status });
  }
  if (status === NETWORK_LOGIN)
    return new ProxyError(proxy, 'refused', `wants somebody to sign in to the network (${words})`, { status });
  if (status >= 500) {
    return new ProxyError(proxy, 'host-unreachable', `cannot reach ${place} (${words})`, { status });
  }
  return new ProxyError(proxy, 'refused', `does not connect to ${place} (${words})`, { status });
}

function headerIn(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(head)?.[1];
}

/**
 * The refusal of a proxy that was asked for a whole URL, as opposed to an answer of the registry. That a body is too large for it (413)
 * is not one: smaller chunks go through, as where a registry says it.
 */
export function proxysOwn(proxy: ProxyUrl, response: ApiResponse): ProxyError | undefined {
  const { status } = response;
  const isProxys =
    headerOf(response, 'x-squid-error') !== undefined || /^tinyproxy/i.test(headerOf(response, 'server') ?? '');
  if (status !== 407 && (status < 400 || status === 413 || !isProxys)) return undefined;
  return refusal(proxy, { status, reason: '', header: (name) => headerOf(response, name) }, response.url.host);
}
