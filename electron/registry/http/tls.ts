import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import type { CertificateFacts } from '../../../shared/error-data.ts';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import { withoutBrackets } from '../../../shared/host-names.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { ipVersion } from './addresses.ts';
import { shownText } from './redact.ts';

/** How a connection decides whether to trust its peer. */
export type TlsTrust =
  | ({ kind: 'verify' } & VerifyingTrust)
  /** Exactly this certificate (SHA-256, `AA:BB:…`) on the registry's own host; elsewhere as `verify`. */
  | ({ kind: 'pinned'; fingerprint256: string } & VerifyingTrust)
  | { kind: 'any'; context: tls.SecureContext | undefined };

export interface VerifyingTrust {
  /** With CAs, and what is shown to a host that asks who connects. Undefined where nothing is added to the computer's own CAs. */
  context: tls.SecureContext | undefined;
  system: SystemTrust;
}

/** A file's path and its text. */
export interface PemFile {
  path: string;
  pem: string;
}

/** What counts for one host besides the computer's own CAs. */
export interface HostCertificates {
  ca: readonly PemFile[];
  /** What is shown to a host that asks who connects. */
  client?: { certificate: PemFile; key: PemFile } | undefined;
}

/** Milliseconds that reading an untrusted server's certificate may take; it only enriches an error. */
const PROBE_LIMIT = 5_000;

/** Contexts that are kept; files that are renewed make another one. */
const MOST_CONTEXTS = 16;

/** The trust of the computer's own CAs. Reading and parsing them takes about 100 ms, so contexts are shared by all clients. */
export class SystemTrust {
  readonly #contexts = new Map<string, tls.SecureContext>();
  /** A certificate was met that Node's own list of CAs does not do for, and this one did or may do. */
  isNeeded = false;

  get context(): tls.SecureContext {
    return this.contextWith({ ca: [] });
  }

  /** @throws PushboatError SETTINGS_UNREADABLE naming the file that cannot be used */
  contextWith({ ca, client }: HostCertificates): tls.SecureContext {
    const files = [...ca, ...(client ? [client.certificate, client.key] : [])];
    const key = files.map(({ path, pem }) => `${path}\n${pem}`).join('\n');
    const known = this.#contexts.get(key);
    if (known) return known;
    const context = makeContext({ ca, client });
    const [oldest] = this.#contexts.keys();
    if (oldest !== undefined && this.#contexts.size >= MOST_CONTEXTS) this.#contexts.delete(oldest);
    this.#contexts.set(key, context);
    return context;
  }
}

/**
 * The trust that the policy asks for, with what counts for the host besides.
 * @throws PushboatError SETTINGS_UNREADABLE when a file cannot be read, or is not what it should be.
 */
export async function trustFor(
  policy: RegistryPolicy,
  tlsVerify: boolean | undefined,
  { ca, client }: HostCertificates,
  system: SystemTrust,
): Promise<TlsTrust> {
  if (tlsVerify === false || policy.tls === 'no-verify') {
    return { kind: 'any', context: client && system.contextWith({ ca: [], client }) };
  }
  const all = policy.caFile === undefined ? ca : [...ca, await readPem(policy.caFile, 'CA file')];
  const isAdded = all.length > 0 || client !== undefined;
  const verifying = { context: isAdded ? system.contextWith({ ca: all, client }) : undefined, system };
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

function makeContext({ ca, client }: HostCertificates): tls.SecureContext {
  for (const file of ca) requireCertificates(file);
  if (client) requirePair(client);
  // A library's own list alone ignores what the operating system's owner added.
  const cas = new Set([...certificates('system'), ...certificates('bundled'), ...certificates('extra')]);
  for (const { pem } of ca) cas.add(pem);
  const own = client ? { cert: client.certificate.pem, key: client.key.pem } : {};
  return tls.createSecureContext({ ca: [...cas], ...own });
}

function requireCertificates({ path, pem }: PemFile): void {
  if (certificatesIn('CA file', path, pem).length === 0) throw noCertificate('CA file', path);
}

/** That it can be used is seen here, where the file can be named: later OpenSSL leaves out what it cannot read, or fails without a name. */
function requirePair({ certificate, key }: NonNullable<HostCertificates['client']>): void {
  const [shown] = certificatesIn('client certificate', certificate.path, certificate.pem);
  if (!shown) throw noCertificate('client certificate', certificate.path);
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key.pem)) {
    throw fileError('key', key.path, new Error('it is encrypted, and nobody can be asked for its password'));
  }
  const secret = parsed(() => createPrivateKey(key.pem));
  if (!secret) throw fileError('key', key.path, new Error('it holds no private key in PEM'));
  if (!shown.checkPrivateKey(secret)) {
    throw fileError('key', key.path, new Error(`it does not belong to the certificate ${certificate.path}`));
  }
  try {
    tls.createSecureContext({ cert: certificate.pem, key: key.pem });
  } catch (error) {
    throw fileError('client certificate', certificate.path, error);
  }
}

function certificatesIn(what: string, path: string, pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.*?(?:-----END CERTIFICATE-----|$)/gs) ?? [];
  return blocks.map((block, at) => {
    const certificate = parsed(() => new X509Certificate(block));
    if (certificate) return certificate;
    const which = blocks.length === 1 ? 'its certificate' : `its certificate ${at + 1} of ${blocks.length}`;
    throw fileError(what, path, new Error(`${which} is damaged`));
  });
}

function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    // OpenSSL’s words for it say nothing to a person (“DECODER routines::unsupported”).
    return undefined;
  }
}

function noCertificate(what: string, path: string): PushboatError {
  return fileError(what, path, new Error('it holds no PEM certificate'));
}

function certificates(kind: 'system' | 'bundled' | 'extra'): string[] {
  // Node.js has the lists from 22.15 on; before, it has its own alone.
  if (!Reflect.has(tls, 'getCACertificates')) return kind === 'bundled' ? [...tls.rootCertificates] : [];
  try {
    return tls.getCACertificates(kind);
  } catch {
    // A system store that cannot be read leaves the other lists.
    return [];
  }
}

/** A file of PEM. @param what it should be, for the error. @throws PushboatError SETTINGS_UNREADABLE */
export async function readPem(path: string, what: 'CA file' | 'client certificate' | 'key'): Promise<PemFile> {
  try {
    // A pipe would be waited for.
    if (!(await stat(path)).isFile()) throw new Error('it is not a file');
    return { path, pem: await readFile(path, 'utf8') };
  } catch (error) {
    throw fileError(what, path, error);
  }
}

/** The files of a client certificate. @throws PushboatError SETTINGS_UNREADABLE */
export async function readPair({ certificate, key }: { certificate: string; key: string }) {
  return { certificate: await readPem(certificate, 'client certificate'), key: await readPem(key, 'key') };
}

function fileError(what: string, path: string, cause: unknown): PushboatError {
  const detail = shownText(messageOf(cause));
  return new PushboatError('SETTINGS_UNREADABLE', `The ${what} ${path} cannot be used: ${detail}.`, {
    path,
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

/** Connects once more, without trust and without sending anything, to tell people what the server shows. @param tunnel by a proxy. */
export async function probeCertificate(
  url: URL,
  tunnel?: () => Promise<Socket>,
): Promise<CertificateFacts | undefined> {
  const host = withoutBrackets(url.hostname);
  const through = await tunnel?.().catch(() => null);
  if (through === null) return undefined;
  return new Promise((resolve) => {
    const socket = tls.connect({
      ...(through ? { socket: through } : { host, port: Number(url.port || 443) }),
      ...(ipVersion(host) === 0 ? { servername: host } : {}),
      // Nothing is sent over this connection: it exists to read the certificate that was refused.
      rejectUnauthorized: false,
      timeout: PROBE_LIMIT,
    });
    const end = (facts?: CertificateFacts): void => {
      socket.destroy();
      through?.destroy();
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
