import type { CertificateFacts } from '../../../shared/errors.ts';
import { originText, type RegistryInfo } from '../../../shared/logins.ts';
import { type ClientCertificate, type RegistryAccess, settingOriginText } from '../../../shared/registry-access.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { registryName } from '../../access/registry-info.ts';
import { requireUsable } from '../../access/registry-trust.ts';
import type { Services } from '../../services.ts';
import { usageError } from '../errors.ts';
import { formatSize, formatTable } from '../format.ts';
import { ask, type CommandIo, isInteractive, printJson, printLine, printLines } from '../io.ts';
import { type CommonOptions, openSession } from '../session.ts';

/** `registry list`: every registry that something is set for, that has a login, or that was pushed to. */
export async function registryListCommand(options: CommonOptions, io: CommandIo): Promise<void> {
  await using services = await openSession(options, io);
  const known = await Promise.all((await services.knownRegistries()).map((name) => services.registryInfo(name)));
  if (options.json) {
    for (const info of known) printJson(io, registryObject(info, services));
    return;
  }
  if (known.length === 0) return printLine(io, 'No registry is known yet: none has a login, settings, or a push.');
  const rows = known.map((info) => [info.registry, connectionWords(info, policyOf(info, services)), loginWords(info)]);
  printLines(io, formatTable([['REGISTRY', 'CONNECTION', 'LOGIN'], ...rows]));
}

/** `registry show HOST`: what applies to it, and from where. Asks no registry. */
export async function registryShowCommand(host: string, options: CommonOptions, io: CommandIo): Promise<void> {
  registryName(host);
  await using services = await openSession(options, io);
  await show(host, services, options, io);
}

/** `registry remove HOST`: forgets what is set for it. Logins stay. */
export async function registryRemoveCommand(host: string, options: CommonOptions, io: CommandIo): Promise<void> {
  const registry = registryName(host);
  await using services = await openSession(options, io);
  const wasSet = await services.forgetRegistry(host);
  if (options.json) return printJson(io, { type: 'registry-removed', registry, wasSet });
  printLine(io, wasSet ? `Forgot what was set for ${registry}. Its logins stay.` : `Nothing was set for ${registry}.`);
}

/**
 * `registry trust HOST`: trusts exactly the certificate that it shows, after asking; with `--fingerprint` that one, without asking it.
 * @throws PushboatError USAGE when nobody can be asked; the network's when the certificate cannot be read
 */
export async function registryTrustCommand(
  host: string,
  options: CommonOptions & { fingerprint?: string },
  io: CommandIo,
): Promise<void> {
  const registry = registryName(host);
  await requireUsable({ fingerprint256: options.fingerprint });
  await using services = await openSession(options, io);
  const fingerprint256 = options.fingerprint ?? (await askForTrust(registry, services, io));
  const policy = policyOf(await services.registryInfo(host), services);
  await services.setPolicy(host, { ...policy, tls: 'pinned', fingerprint256 });
  if (options.json) return printJson(io, { type: 'registry-trusted', registry, fingerprint256 });
  printLine(io, `From now on ${registry} is trusted with this certificate only: ${fingerprint256}`);
}

async function askForTrust(registry: string, services: Services, io: CommandIo): Promise<string> {
  const certificate = await services.certificateOf(registry);
  io.stderr.lines(certificateLines(registry, certificate));
  if (!isInteractive(io)) {
    throw usageError(
      `Nobody can be asked here. Compare the fingerprint, then give it: registry trust ${registry} --fingerprint ${certificate.fingerprint256}`,
    );
  }
  const answer = await ask(io, 'Trust this certificate for this registry? [y/N] ');
  if (/^y(es)?$/i.test(answer)) return certificate.fingerprint256;
  throw usageError('The certificate was not trusted, and nothing was changed.');
}

/** What a person compares before trusting a certificate. */
export function certificateLines(registry: string, certificate: CertificateFacts): string[] {
  return [
    `${registry} shows this certificate:`,
    `  Subject:      ${certificate.subject}`,
    `  Issuer:       ${certificate.issuer}`,
    `  Names:        ${certificate.names.join(', ')}`,
    `  Valid:        ${certificate.validFrom} to ${certificate.validTo}`,
    `  SHA-256:      ${certificate.fingerprint256}`,
  ];
}

/** What applies to a registry, and from where. */
export async function show(host: string, services: Services, { json }: CommonOptions, io: CommandIo): Promise<void> {
  const info = await services.registryInfo(host);
  const policy = policyOf(info, services);
  const access = await services.registryAccess(info.registry);
  if (json) return printJson(io, { type: 'registry', ...info, ...access, set: policy });
  const facts: [string, string | undefined][] = [
    ...accessFacts(access),
    ['Chunk size', policy.chunkSize === undefined ? undefined : formatSize(policy.chunkSize)],
    ['Uploads at once', policy.maxUploads?.toString()],
    ['Requests at once', policy.maxRequests?.toString()],
    ['Waited for', policy.retryForSeconds === undefined ? undefined : `${policy.retryForSeconds} s`],
    ['Login', loginWords(info)],
    ...access.problems.map(({ message }): [string, string] => ['Problem', message]),
  ];
  printLine(io, info.registry);
  for (const [name, value] of facts) if (value !== undefined) printLine(io, `  ${`${name}:`.padEnd(18)}${value}`);
}

function registryObject(info: RegistryInfo, services: Services): object {
  return { type: 'registry', ...info, set: policyOf(info, services) };
}

/** What is set for it. */
export function policyOf({ registry }: RegistryInfo, services: Services): RegistryPolicy {
  return services.settings.get().registries[registry] ?? {};
}

function connectionWords({ plainHttp, verify }: RegistryInfo, { tls }: RegistryPolicy): string {
  if (plainHttp === 'set') return 'plain HTTP';
  if (tls === 'pinned') return 'HTTPS, one trusted certificate';
  const secured = verify ? 'HTTPS' : 'HTTPS, certificates not verified';
  return plainHttp === 'allowed' ? `${secured}; plain HTTP if that does not answer` : secured;
}

function loginWords({ login }: RegistryInfo): string {
  return login ? `${login.username} (from ${originText(login.origin)})` : 'none';
}

/** How the registry is reached, each with where that is said. */
export function accessFacts(access: RegistryAccess): [name: string, value: string][] {
  const { apiHost, blocked, proxy, caFiles, clientCertificate } = access;
  const via = proxy.kind === 'direct' ? 'none' : `${proxy.url}${proxy.username ? ` as ${proxy.username}` : ''}`;
  return [
    ['API host', apiHost],
    ...(blocked ? [['Blocked', `yes (${settingOriginText(blocked)})`] as [string, string]] : []),
    ['Proxy', `${via} (${settingOriginText(proxy.origin)})`],
    ['TLS', tlsWords(access)],
    ...caFiles.map(({ path, origin }): [string, string] => ['CA file', `${path} (${settingOriginText(origin)})`]),
    ...(clientCertificate ? [['Client certificate', certificateWords(clientCertificate)] as [string, string]] : []),
  ];
}

function certificateWords({ certificate, key, origin }: ClientCertificate): string {
  return `${certificate}, with ${key} (${settingOriginText(origin)})`;
}

const TLS_WORDS = {
  verified: 'verified',
  pinned: 'one trusted certificate',
  unverified: 'not verified',
  none: 'none: plain HTTP',
} as const;

function tlsWords({ tls: { kind, mayFallBack, fingerprint256, origin } }: RegistryAccess): string {
  const pinned = kind === 'pinned' && fingerprint256 !== undefined ? ` ${fingerprint256}` : '';
  const fallBack = mayFallBack ? '; plain HTTP if HTTPS does not answer' : '';
  return `${TLS_WORDS[kind]}${pinned}${fallBack} (${settingOriginText(origin)})`;
}
