import { type PushboatError, toPushboatError } from '../../shared/errors.ts';
import { originText } from '../../shared/logins.ts';
import {
  canonicalReference,
  familiarReference,
  parseReference,
  registryApiHost,
  withDefaultTag,
} from '../../shared/reference.ts';
import {
  type RegistryAccess,
  type SettingOrigin,
  settingOriginText,
  type TlsUse,
} from '../../shared/registry-access.ts';
import type { Services } from '../services.ts';
import { requireOneRegistry } from './arguments.ts';
import { ExitStatus, errorObject, exitStatusOf, printError } from './errors.ts';
import { checkAuthFile } from './files.ts';
import { type CommandIo, printJson, printLine } from './io.ts';
import { type Speech, speechTo } from './language/language.ts';
import { type CommonOptions, openSession, useCreds } from './session.ts';
import { padToWidth } from './text-width.ts';

/**
 * `resolve REF…`: what each reference means, how its registry is reached, and which login would be used. Asks no registry.
 * @returns the exit status: of the first reference that could not be resolved; the others are resolved all the same.
 */
export async function resolveCommand(
  references: string[],
  options: CommonOptions & { json?: boolean },
  io: CommandIo,
): Promise<number> {
  await checkAuthFile(options.authfile, 'must be there');
  if (options.creds !== undefined) requireOneRegistry(references.flatMap(registryNamed));
  await using services = await openSession(options, io);
  await useCreds(services, options.creds, io);
  let status: number = ExitStatus.done;
  for (const input of references) {
    try {
      const resolved = await resolveReference(input, services);
      if (options.json) printJson(io, resolved);
      else printResolved(resolved, io);
    } catch (thrown) {
      const error = toPushboatError(thrown);
      if (status === ExitStatus.done) status = exitStatusOf(error.code);
      printInvalid(input, error, options, io);
    }
  }
  return status;
}

/** Empty for what is no reference, of which is told later. */
function registryNamed(input: string): string[] {
  try {
    return [parseReference(bareReference(input)).registry];
  } catch {
    return [];
  }
}

function bareReference(input: string): string {
  return input.replace(/^docker:\/\//, '');
}

type Access = Pick<RegistryAccess, 'proxy' | 'tls' | 'caFiles' | 'clientCertificate' | 'blocked'>;
type Resolved = Awaited<ReturnType<typeof resolveReference>>;

async function resolveReference(input: string, services: Services) {
  const reference = parseReference(bareReference(input));
  const { registry, repository } = reference;
  const login = await services.credentials.find(registry, repository);
  const { proxy, tls, caFiles, clientCertificate, blocked, problems } = await services.registryAccess(
    registry,
    repository,
  );
  return {
    input,
    registry: reference.registry,
    apiHost: registryApiHost(reference.registry),
    repository: reference.repository,
    tag: reference.tag ?? null,
    digest: reference.digest ?? null,
    familiar: familiarReference(reference),
    canonical: canonicalReference(reference),
    canonicalWithTag: canonicalReference(withDefaultTag(reference)),
    login: login ? { username: login.username, origin: originText(login.origin), key: login.origin.key ?? null } : null,
    proxy,
    tls,
    caFiles,
    clientCertificate,
    blocked,
    problems,
  };
}

function printResolved(resolved: Resolved, io: CommandIo): void {
  const { input, login, proxy, tls, caFiles, clientCertificate, blocked, problems, ...facts } = resolved;
  const speech = speechTo(io);
  const { say, said } = speech;
  printLine(io, input);
  for (const [name, value] of Object.entries(facts))
    if (value !== null) printLine(io, `  ${padToWidth(`${said(name)}:`, 18)}${value}`);
  const lines: [string, string][] = [
    [say`login`, login ? say`${login.username} (from ${said(login.origin)})` : say`none`],
    ...accessLines({ proxy, tls, caFiles, clientCertificate, blocked }, speech),
    ...problems.map(({ message }): [string, string] => [say`problem`, said(message)]),
  ];
  for (const [name, value] of lines) printLine(io, `  ${padToWidth(`${name}:`, 18)}${value}`);
}

/** How the registry is reached, and where that is set. */
function accessLines(
  { proxy, tls, caFiles, clientCertificate, blocked }: Access,
  { say, said }: Speech,
): [string, string][] {
  const from = (origin: SettingOrigin): string => say` (from ${said(settingOriginText(origin))})`;
  const throughProxy =
    proxy.kind === 'direct'
      ? say`none`
      : `${proxy.url}${proxy.username === undefined ? '' : say`, as ${proxy.username}`}`;
  return [
    [say`proxy`, throughProxy + from(proxy.origin)],
    ['TLS', said(tlsText(tls)) + from(tls.origin)],
    ...caFiles.map(({ path, origin }): [string, string] => [say`CA file`, path + from(origin)]),
    ...(clientCertificate
      ? [[say`client certificate`, clientCertificate.certificate + from(clientCertificate.origin)] as [string, string]]
      : []),
    ...(blocked ? [[say`blocked`, say`nothing may be sent there${from(blocked)}`] as [string, string]] : []),
  ];
}

function tlsText({ kind, mayFallBack, fingerprint256 }: TlsUse): string {
  const fallback = mayFallBack ? ', or plain HTTP where HTTPS does not answer' : '';
  switch (kind) {
    case 'verified':
      return `verified${fallback}`;
    case 'pinned':
      return `only the certificate ${fingerprint256 ?? ''}`;
    case 'unverified':
      return `any certificate${fallback}`;
    case 'none':
      return 'none: plain HTTP';
  }
}

function printInvalid(input: string, error: PushboatError, options: { json?: boolean }, io: CommandIo): void {
  if (!options.json) {
    printError(io, error);
    return;
  }
  const { type: _type, ...facts } = errorObject(error);
  printJson(io, { input, error: facts });
}
