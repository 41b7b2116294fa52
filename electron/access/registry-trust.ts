import type { CertificateFacts } from '../../shared/error-data.ts';
import { PushboatError } from '../../shared/errors.ts';
import { NO_PROXY_AT_ALL, parseProxyUrl } from '../../shared/proxy-url.ts';
import { registryApiHost } from '../../shared/reference.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import { openTunnel } from '../registry/http/connect-through.ts';
import { proxyTarget } from '../registry/http/proxy.ts';
import type { NetworkRules } from '../registry/http/routes.ts';
import { probeCertificate, readPair, SystemTrust, sameFingerprint, trustFor } from '../registry/http/tls.ts';

/** Milliseconds that a proxy may take, each for being reached and for connecting. */
const PROXY_LIMIT = 5_000;

/** The certificate that a registry shows now, trusted or not. @throws PushboatError HOST_UNREACHABLE when it shows none. */
export async function certificateOf(registry: string, network: NetworkRules): Promise<CertificateFacts> {
  const url = new URL(`https://${registryApiHost(registry)}`);
  const proxy = await network.proxyFor(url);
  const tunnel = { system: new SystemTrust(), timeout: PROXY_LIMIT };
  const certificate = await probeCertificate(url, proxy && (() => openTunnel(proxy, proxyTarget(url), tunnel)));
  if (certificate) return certificate;
  throw new PushboatError('HOST_UNREACHABLE', `${registry} shows no certificate: it cannot be reached over HTTPS.`, {
    registry,
    hint: 'check-address',
  });
}

/**
 * @throws PushboatError SETTINGS_UNREADABLE for a CA file or client certificate that cannot be used, PROXY_INVALID for a proxy that is none, USAGE for a
 *   fingerprint that is none and for a proxy's password, which settings do not keep
 */
export async function requireUsable(policy: RegistryPolicy): Promise<void> {
  if (policy.fingerprint256 !== undefined && !sameFingerprint(policy.fingerprint256, policy.fingerprint256)) {
    throw new PushboatError('USAGE', `Not a SHA-256 fingerprint: ${JSON.stringify(policy.fingerprint256)}.`, {
      detail: 'it has 64 hexadecimal digits, with or without colons',
      hint: 'run-help',
    });
  }
  if (policy.proxy !== undefined && policy.proxy !== NO_PROXY_AT_ALL) requirePlainProxy(policy.proxy);
  const { caFile, clientCertificate } = policy;
  if (caFile === undefined && clientCertificate === undefined) return;
  const client = clientCertificate && (await readPair(clientCertificate));
  await trustFor({ caFile, tls: 'verify' }, undefined, { ca: [], client }, new SystemTrust());
}

function requirePlainProxy(text: string): void {
  if (parseProxyUrl(text, 'the settings').password === undefined) return;
  const instead = 'give the proxy as USER@HOST:PORT, and its password with --proxy-password-stdin or when asked for it';
  throw new PushboatError(
    'USAGE',
    `The settings keep no passwords, and others see those on a command line: ${instead}.`,
  );
}
