import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { withoutBrackets } from '../../../shared/host-names.ts';

/** Addresses of the local wire, where clouds keep the machine's own secrets (169.254.169.254), as RFC 3927 and RFC 4291 name them. */
const LINK_LOCAL = withEmbedded('169.254.0.0', 16);
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

/** This computer; 0.0.0.0 and :: lead to it, too. */
const LOOPBACK = withEmbedded('127.0.0.0', 8);
LOOPBACK.addAddress('0.0.0.0');
LOOPBACK.addAddress('::', 'ipv6');
LOOPBACK.addAddress('::1', 'ipv6');

/** As `isIP` of node:net, which compiles a pattern of its own for 15 ms: not for names, and most hosts are names. */
export function ipVersion(host: string): number {
  return /^[\d.]+$|:/.test(host) ? isIP(host) : 0;
}

/** An address whose name came from the other side leads to where only this computer can go. */
export class LinkLocalError extends Error {
  readonly code = 'PUSHBOAT_LINK_LOCAL';

  constructor(hostname: string, address: string) {
    super(`${hostname} has the link-local address ${address}`);
  }
}

/** Whether a URL's host is written as a link-local address, in any of the ways in which that can be written. */
export function isLinkLocal({ hostname }: URL): boolean {
  return isIn(LINK_LOCAL, hostname);
}

/** Whether a URL's host is this computer: a loopback address in any form, or a name that RFC 6761 reserves for it. */
export function isLoopback({ hostname }: URL): boolean {
  return isIn(LOOPBACK, hostname) || /^(?:.+\.)?localhost\.?$/.test(hostname);
}

/** Looks a name up that the other side gave: addresses on the local wire do not count. Fails with LinkLocalError when there are no others. */
export const lookupElsewhere: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    const usable = found?.filter(({ address }) => !isIn(LINK_LOCAL, address)) ?? [];
    const [first] = usable;
    if (error !== null) return callback(error, '');
    if (first === undefined) return callback(new LinkLocalError(hostname, found[0]?.address ?? ''), '');
    return options.all ? callback(null, usable) : callback(null, first.address, first.family);
  });
};

/** The network that `address/bits` writes (CIDR); undefined for anything else. */
export function networkOf(cidr: string): BlockList | undefined {
  const [address = '', bits = ''] = cidr.split('/', 2);
  const version = ipVersion(address);
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (version === 0 || !(prefix <= (version === 4 ? 32 : 128))) return undefined;
  const list = new BlockList();
  list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  return list;
}

/**
 * Whether a host is an address of the list; names are in none. URLs have numbers of all kinds (decimal, octal, short) as four parts already,
 * and IPv6 in brackets.
 */
export function isIn(list: BlockList, hostname: string): boolean {
  const host = withoutBrackets(hostname).replace(/%.*$/, '');
  const version = ipVersion(host);
  return version !== 0 && list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

/** An IPv4 network, and the IPv6 networks that lead to it: compatible, NAT64 and 6to4. BlockList itself knows mapped ones. */
function withEmbedded(network: string, prefix: number): BlockList {
  const list = new BlockList();
  list.addSubnet(network, prefix);
  const [a = 0, b = 0, c = 0, d = 0] = network.split('.').map(Number);
  const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  list.addSubnet(`::${hex}`, 96 + prefix, 'ipv6');
  list.addSubnet(`64:ff9b::${hex}`, 96 + prefix, 'ipv6');
  list.addSubnet(`2002:${hex}::`, 16 + prefix, 'ipv6');
  return list;
}
