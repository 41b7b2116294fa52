import { isIP } from 'node:net';
import type { ProxyUrl } from '../../../shared/proxy-url.ts';
import { hostAndPort } from '../../../shared/proxy-url.ts';
import { ProxyError, type ProxyFault, type ProxyTarget, type Replies } from './proxy.ts';

const VERSION = 5;
/** Ways to sign in (RFC 1928, 3). */
const NO_LOGIN = 0;
const USER_AND_PASSWORD = 2;
/** Kinds of addresses (RFC 1928, 5), and their lengths in bytes. */
const NAME = 3;
const ADDRESS_LENGTHS: Readonly<Record<number, number>> = { 1: 4, 4: 16 };
const MOST_BYTES = 255;

/** What a server says when it does not connect (RFC 1928, 6). */
const REPLIES: Readonly<Record<number, readonly [fault: ProxyFault, words: string]>> = {
  1: ['host-unreachable', 'general failure'],
  2: ['refused', 'not allowed by its rules'],
  3: ['host-unreachable', 'network unreachable'],
  4: ['host-unreachable', 'host unreachable'],
  5: ['host-unreachable', 'connection refused'],
  6: ['host-unreachable', 'TTL expired'],
  7: ['protocol', 'command not supported'],
  8: ['refused', 'kind of address not supported'],
};

/** https://www.rfc-editor.org/rfc/rfc1928 and 1929. The server looks names up. @throws ProxyError */
export async function connectBySocks(proxy: ProxyUrl, replies: Replies, target: ProxyTarget): Promise<void> {
  const methods = proxy.username === undefined ? [NO_LOGIN] : [NO_LOGIN, USER_AND_PASSWORD];
  replies.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method = MOST_BYTES] = await replies.exactly(2);
  if (version !== VERSION) throw new ProxyError(proxy, 'protocol', 'does not speak SOCKS 5');
  if (method === USER_AND_PASSWORD && proxy.username !== undefined) await signIn(proxy, replies);
  else if (method !== NO_LOGIN) throw new ProxyError(proxy, 'login', 'wants a user name and a password');
  replies.write(Buffer.concat([Uint8Array.of(VERSION, 1, 0), addressOf(proxy, target)]));
  const [, reply = MOST_BYTES, , kind = 0] = await replies.exactly(4);
  if (reply !== 0) {
    const [fault, words] = REPLIES[reply] ?? ['protocol', `an unknown answer, ${reply}`];
    throw new ProxyError(proxy, fault, `does not connect to ${hostAndPort(target)} (${words})`);
  }
  // Its own address and port for this connection, which nobody needs.
  const length = kind === NAME ? ((await replies.exactly(1))[0] ?? 0) : ADDRESS_LENGTHS[kind];
  if (length === undefined) throw new ProxyError(proxy, 'protocol', 'answers with an unknown kind of address');
  await replies.exactly(length + 2);
}

async function signIn(proxy: ProxyUrl, replies: Replies): Promise<void> {
  const [user, password] = [lengthAndBytes(proxy, proxy.username ?? ''), lengthAndBytes(proxy, proxy.password ?? '')];
  replies.write(Buffer.concat([Uint8Array.of(1), user, password]));
  const [, status] = await replies.exactly(2);
  if (status !== 0) throw new ProxyError(proxy, 'login', `refuses the login of ${proxy.username}`);
}

function addressOf(proxy: ProxyUrl, { host, port }: ProxyTarget): Buffer {
  const end = Uint8Array.of(port >> 8, port & 0xff);
  if (isIP(host) === 4) return Buffer.concat([Uint8Array.of(1, ...host.split('.').map(Number)), end]);
  if (isIP(host) === 6) return Buffer.concat([Uint8Array.of(4), ipv6Bytes(host), end]);
  return Buffer.concat([Uint8Array.of(NAME), lengthAndBytes(proxy, host), end]);
}

/** URLs have IPv6 addresses in their shortest form, without dots and zones. */
function ipv6Bytes(host: string): Uint8Array {
  const [head = '', tail] = host.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function lengthAndBytes(proxy: ProxyUrl, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= MOST_BYTES) return Buffer.concat([Uint8Array.of(bytes.byteLength), bytes]);
  throw new ProxyError(proxy, 'login', 'takes names and passwords of at most 255 bytes');
}
