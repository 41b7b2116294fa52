import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import * as tls from 'node:tls';
import type { CertificateFacts } from '../../shared/errors.ts';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import { shownText } from './redact.ts';

/** How a connection decides whether to trust its peer. */
export type TlsTrust =
  | ({ kind: 'verify' } & VerifyingTrust)
  /** Exactly this certificate (SHA-256, `AA:BB:…`) on the registry's own host; elsewhere as `verify`. */
  | ({ kind: 'pinned'; fingerprint256: string } & VerifyingTrust)
  | { kind: 'any' };

export interface VerifyingTrust {
  /** Undefined where nothing is added to the computer's own CAs. */
  context: tls.SecureContext | undefined;
  system: SystemTrust;
}

/** Milliseconds that reading an untrusted server's certificate may take; it only enriches an error. */
const PROBE_LIMIT = 5_000;

/** The trust of the computer's own CAs. Reading and parsing them takes about 100 ms, so one is shared by all clients. */
export class SystemTrust {
  #context: tls.SecureContext | undefined;
  /** A certificate was met that Node's own list of CAs does not do for, and this one did or may do. */
  isNeeded = false;

  get context(): tls.SecureContext {
    return (this.#context ??= contextWith([]));
  }
}

/**
 * The trust that the policy asks for; one context serves all connections.
 * @throws PushboatError SETTINGS_UNREADABLE when the CA file cannot be read or is not PEM.
 */
export async function trustFor(
  policy: RegistryPolicy,
  tlsVerify: boolean | undefined,
  extraCa: readonly string[],
  system: SystemTrust,
): Promise<TlsTrust> {
  if (tlsVerify === false || policy.tls === 'no-verify') return { kind: 'any' };
  const pem = policy.caFile === undefined ? extraCa : [...extraCa, await readCaFile(policy.caFile)];
  const verifying: VerifyingTrust = { context: pem.length === 0 ? undefined : contextWith(pem, policy.caFile), system };
  if (policy.tls !== 'pinned' || policy.fingerprint256 === undefined) return { kind: 'verify', ...verifying };
  return { kind: 'pinned', fingerprint256: policy.fingerprint256, ...verifying };
}

/** OpenSSL's words for a chain that ends at nobody who is known (openssl-verification-options(1)). */
const UNKNOWN_AUTHORITY: readonly string[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** Whether a certificate was refused because its authority is not among the CAs: others may know it. */
export function isUnknownAuthority(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNKNOWN_AUTHORITY.includes(String(error.code));
}

/** Whether two fingerprints are the same, whatever their letter case and separators. */
export function sameFingerprint(a: string, b: string): boolean {
  const plain = (text: string): string => text.replace(/[^0-9a-f]/gi, '').toLowerCase();
  return plain(a) === plain(b) && plain(a).length === 64;
}

function contextWith(pem: readonly string[], path?: string): tls.SecureContext {
  // A library's own list alone ignores what the operating system's owner added.
  const cas = new Set([...certificates('system'), ...certificates('bundled'), ...certificates('extra'), ...pem]);
  try {
    return tls.createSecureContext({ ca: [...cas] });
  } catch (error) {
    throw caError(path, error);
  }
}

function certificates(kind: 'system' | 'bundled' | 'extra'): string[] {
  try {
    return tls.getCACertificates(kind);
  } catch {
    // A system store that cannot be read leaves the other lists.
    return [];
  }
}

async function readCaFile(path: string): Promise<string> {
  try {
    // A pipe would be waited for.
    if (!(await stat(path)).isFile()) throw new Error('it is not a file');
    const text = await readFile(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw caError(path, error);
  }
  throw caError(path, new Error('it holds no PEM certificate'));
}

function caError(path: string | undefined, cause: unknown): PushboatError {
  const detail = shownText(messageOf(cause));
  const what = path === undefined ? 'The additional CA certificates' : `The CA file ${path}`;
  return new PushboatError('SETTINGS_UNREADABLE', `${what} cannot be used: ${detail}.`, {
    ...(path === undefined ? {} : { path }),
    detail,
    hint: 'check-permissions',
    cause,
  });
}

/** What a peer showed of its certificate; undefined when it showed none. */
export function certificateFacts(socket: tls.TLSSocket): CertificateFacts | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: commaList(certificate.subject),
    issuer: commaList(certificate.issuer),
    validFrom: isoTime(certificate.validFrom),
    validTo: isoTime(certificate.validTo),
    fingerprint256: certificate.fingerprint256,
    names: (certificate.subjectAltName ?? '').split(', ').flatMap((name) => {
      const value = /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1];
      return value === undefined ? [] : [shownText(value)];
    }),
  };
}

/** Connects once more, without trust and without sending anything, to tell people what the server shows. */
export function probeCertificate(url: URL): Promise<CertificateFacts | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = tls.connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // Nothing is sent over this connection: it exists to read the certificate that was refused.
      rejectUnauthorized: false,
      timeout: PROBE_LIMIT,
    });
    const end = (facts?: CertificateFacts): void => {
      socket.destroy();
      resolve(facts);
    };
    socket.once('secureConnect', () => end(certificateFacts(socket)));
    socket.once('timeout', () => end());
    socket.on('error', () => end());
  });
}

function commaList(name: string | undefined): string {
  return shownText((name ?? '').split('\n').join(', '));
}

function isoTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}
