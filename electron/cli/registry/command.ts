import type { CertificateFacts } from '../../../shared/error-data.ts';
import { originText, type RegistryInfo } from '../../../shared/logins.ts';
import {
  type RegistryAccess,
  type SettingOrigin,
  settingOriginText,
  type TlsUse,
} from '../../../shared/registry-access.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { registryName } from '../../access/registry-info.ts';
import { requireUsable } from '../../access/registry-trust.ts';
import type { Services } from '../../services.ts';
import { usageError } from '../errors.ts';
import { formatSize, formatTable } from '../format.ts';
import { ask, type CommandIo, isInteractive, printJson, printLine, printLines } from '../io.ts';
import { ENGLISH, type Speech, speechTo } from '../language/language.ts';
import { type CommonOptions, openSession } from '../session.ts';
import { padToWidth } from '../text-width.ts';

/** `registry list`: every registry that something is set for, that has a login, or that was pushed to. */
export async function registryListCommand(options: CommonOptions, io: CommandIo): Promise<void> {
  await using services = await openSession(options, io);
  const known = await Promise.all((await services.knownRegistries()).map((name) => services.registryInfo(name)));
  if (options.json) {
    for (const info of known) printJson(io, registryObject(info, services));
    return;
  }
  const speech = speechTo(io);
  const { say } = speech;
  if (known.length === 0) return printLine(io, say`No registry is known yet: none has a login, settings, or a push.`);
  const rows = known.map((info) => {
    const connection = speech.said(connectionWords(info, policyOf(info, services)));
    return [info.registry, connection, loginWords(info, speech)];
  });
  printLines(io, formatTable([[say`REGISTRY`, say`CONNECTION`, say`LOGIN`], ...rows]));
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
  const { say } = speechTo(io);
  printLine(
    io,
    wasSet ? say`Forgot what was set for ${registry}. Its logins stay.` : say`Nothing was set for ${registry}.`,
  );
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
  printLine(io, speechTo(io).say`From now on ${registry} is trusted with this certificate only: ${fingerprint256}`);
}

async function askForTrust(registry: string, services: Services, io: CommandIo): Promise<string> {
  const certificate = await services.certificateOf(registry);
  io.stderr.lines(certificateLines(registry, certificate, speechTo(io)));
  if (!isInteractive(io)) {
    throw usageError(
      `Nobody can be asked here. Compare the fingerprint, then give it: registry trust ${registry} --fingerprint ${certificate.fingerprint256}`,
    );
  }
  const answer = await ask(io, speechTo(io).say`Trust this certificate for this registry? [y/N] `);
  if (/^y(es)?$/i.test(answer)) return certificate.fingerprint256;
  throw usageError('The certificate was not trusted, and nothing was changed.');
}

/** What a person compares before trusting a certificate. */
export function certificateLines(registry: string, certificate: CertificateFacts, { say } = ENGLISH): string[] {
  return [
    say`${registry} shows this certificate:`,
    say`  Subject:      ${certificate.subject}`,
    say`  Issuer:       ${certificate.issuer}`,
    say`  Names:        ${certificate.names.join(', ')}`,
    say`  Valid:        ${certificate.validFrom} to ${certificate.validTo}`,
    say`  SHA-256:      ${certificate.fingerprint256}`,
  ];
}

/** What applies to a registry, and from where. */
export async function show(host: string, services: Services, { json }: CommonOptions, io: CommandIo): Promise<void> {
  const info = await services.registryInfo(host);
  const policy = policyOf(info, services);
  const access = await services.registryAccess(info.registry);
  if (json) return printJson(io, { type: 'registry', ...info, ...access, set: policy });
  const speech = speechTo(io);
  const { say, said } = speech;
  const facts: [string, string | undefined][] = [
    ...accessFacts(access, speech),
    [say`Chunk size`, policy.chunkSize === undefined ? undefined : formatSize(policy.chunkSize)],
    [say`Uploads at once`, policy.maxUploads?.toString()],
    [say`Requests at once`, policy.maxRequests?.toString()],
    [say`Waited for`, policy.retryForSeconds === undefined ? undefined : `${policy.retryForSeconds} s`],
    [say`Login`, loginWords(info, speech)],
    ...access.problems.map(({ message }): [string, string] => [say`Problem`, said(message)]),
  ];
  printLine(io, info.registry);
  for (const [name, value] of facts) if (value !== undefined) printLine(io, `  ${padToWidth(`${name}:`, 18)}${value}`);
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

function loginWords({ login }: RegistryInfo, { say, said }: Speech): string {
  return login ? say`${login.username} (from ${said(originText(login.origin))})` : say`none`;
}

/** How the registry is reached, each with where that is said. */
export function accessFacts(access: RegistryAccess, { say, said } = ENGLISH): [name: string, value: string][] {
  const { apiHost, blocked, proxy, tls, caFiles, clientCertificate } = access;
  const from = (origin: SettingOrigin): string => ` (${said(settingOriginText(origin))})`;
  const named = proxy.kind === 'proxy' && proxy.username ? say` as ${proxy.username}` : '';
  const via = proxy.kind === 'direct' ? say`none` : `${proxy.url}${named}`;
  const facts: [string, string][] = [[say`API host`, apiHost]];
  if (blocked) facts.push([say`Blocked`, say`yes` + from(blocked)]);
  facts.push([say`Proxy`, via + from(proxy.origin)], [say`TLS`, said(tlsWords(tls)) + from(tls.origin)]);
  for (const { path, origin } of caFiles) facts.push([say`CA file`, path + from(origin)]);
  if (clientCertificate) {
    const { certificate, key, origin } = clientCertificate;
    facts.push([say`Client certificate`, say`${certificate}, with ${key}` + from(origin)]);
  }
  return facts;
}

const TLS_WORDS = {
  verified: 'verified',
  pinned: 'one trusted certificate',
  unverified: 'not verified',
  none: 'none: plain HTTP',
} as const;

function tlsWords({ kind, mayFallBack, fingerprint256 }: TlsUse): string {
  const pinned = kind === 'pinned' && fingerprint256 !== undefined ? ` ${fingerprint256}` : '';
  return `${TLS_WORDS[kind]}${pinned}${mayFallBack ? '; plain HTTP if HTTPS does not answer' : ''}`;
}
