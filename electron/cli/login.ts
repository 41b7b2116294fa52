import { type PushboatError, toPushboatError } from '../../shared/errors.ts';
import { type KnownRegistry, knownRegistry } from '../../shared/known-registries.ts';
import { languageOfEnvironment } from '../../shared/language.ts';
import { type LoginInfo, originText, type Remember } from '../../shared/logins.ts';
import type { LoginRequest } from '../../shared/transfer-events.ts';
import { registryAndPath } from '../access/registry-info.ts';
import type { UserAndPassword } from '../credentials/credentials.ts';
import type { Services } from '../services.ts';
import { printError, usageError } from './errors.ts';
import { checkAuthFile } from './files.ts';
import { ask, type CommandIo, isInteractive, printJson, printLine, readSecretFromStdin } from './io.ts';
import { speechTo } from './language/language.ts';
import { registryListCommand } from './registry/command.ts';
import { type CommonOptions, openSession } from './session.ts';

export interface LoginCommandOptions extends CommonOptions {
  username?: string;
  passwordStdin?: boolean;
  remember?: Remember;
  /** Credential helper that keeps the login from now on. */
  helper?: string;
}

/** `login REGISTRY`: checks with the registry, then keeps. @throws PushboatError UNAUTHORIZED when it is refused. */
export async function loginCommand(
  text: string | undefined,
  options: LoginCommandOptions,
  io: CommandIo,
): Promise<void> {
  if (text === undefined) return listInstead(options, io);
  const { registry, path } = registryAndPath(text);
  const { helper, authfile } = options;
  requireOnePlace(path, options);
  await checkAuthFile(authfile, 'may be new');
  await using services = await openSession(options, io);
  const offered = helper ?? (await offeredHelper(text, options, services, io));
  if (offered !== undefined) return await signInWithHelper(registry, offered, options, services, io);
  const login = await readLogin(text, options, io);
  // Docker's file keeps one login for a whole registry.
  const remember = options.remember ?? (authfile || path !== '' ? 'containers-file' : 'docker-file');
  const info = await services.login({ registry: text, ...login, remember });
  if (options.json) return printJson(io, { type: 'login', ...info });
  const { say, said } = speechTo(io);
  printLine(io, say`Signed in to ${placeOf(info)} as ${info.username}; kept in ${said(originText(info.origin))}.`);
  if (info.origin.kind === 'file')
    io.stderr.line(say`The password is stored there without encryption, as Docker and Podman do.`);
}

/** Without a registry: those that are known, each with the login that it has. */
async function listInstead(options: LoginCommandOptions, io: CommandIo): Promise<void> {
  if (options.username !== undefined || options.passwordStdin || options.helper !== undefined) {
    throw usageError(
      'login needs the registry to sign in to. Without a registry and a login it lists those that are known.',
    );
  }
  return registryListCommand(options, io);
}

/** @throws PushboatError USAGE for a helper where a login is not kept by helpers */
function requireOnePlace(path: string, { helper, remember, authfile }: LoginCommandOptions): void {
  if (helper === undefined) return;
  if (remember !== undefined || authfile !== undefined) {
    throw usageError('--helper says where the login is kept, and so do --remember and --authfile: give one of them.');
  }
  if (path !== '')
    throw usageError('Credential helpers keep logins of whole registries: give the registry without a path.');
}

/** The provider's own helper, where it is installed and a person says yes. */
async function offeredHelper(
  registry: string,
  options: LoginCommandOptions,
  { credentials }: Services,
  io: CommandIo,
): Promise<string | undefined> {
  const { username, passwordStdin, remember, authfile } = options;
  const isDecided = [username, passwordStdin, remember, authfile].some((option) => option !== undefined);
  if (isDecided || !isInteractive(io)) return undefined;
  const { helpers = [] } = await credentials.rememberOptions(registry);
  const helper = helpers.find(({ isProvider }) => isProvider);
  if (!helper) return undefined;
  const answer = await ask(
    io,
    speechTo(io).say`docker-credential-${helper.name} is installed and knows ${registry}. Use it? [Y/n] `,
  );
  return /^n/i.test(answer) ? undefined : helper.name;
}

async function signInWithHelper(
  registry: string,
  helper: string,
  options: LoginCommandOptions,
  services: Services,
  io: CommandIo,
): Promise<void> {
  const isProvider = knownRegistry(registry)?.helpers.includes(helper) ?? false;
  const isTyped = options.passwordStdin === true || (!isProvider && isInteractive(io));
  const login = isTyped ? await readLogin(registry, options, io) : undefined;
  const info = await services.useHelper({ registry, helper, login });
  if (options.json) return printJson(io, { type: 'login', ...info });
  const { say } = speechTo(io);
  printLine(io, say`Signed in to ${registry} as ${info.username}; docker-credential-${helper} keeps the login.`);
}

async function readLogin(registry: string, options: LoginCommandOptions, io: CommandIo): Promise<UserAndPassword> {
  if (options.passwordStdin) {
    if (!options.username) throw usageError('--password-stdin needs --username.');
    const password = await readSecretFromStdin(io);
    if (password === '') throw usageError('Standard input gave no password.');
    return { username: options.username, password };
  }
  if (!isInteractive(io)) throw usageError('Nobody can be asked here: give --username and --password-stdin.');
  const known = sayWhatIsWanted(registry, io);
  const username = options.username ?? (await askUserName(io, speechTo(io).say`User name for ${registry}`, known));
  const password = await ask(io, speechTo(io).say`Password or token: `, { secret: true });
  if (username === '' || password === '') throw usageError('A login needs a user name and a password.');
  return { username, password };
}

/** What well-known registries take as user name and password, in the person's language. */
function sayWhatIsWanted(registry: string, io: CommandIo): KnownRegistry | undefined {
  const known = knownRegistry(registryAndPath(registry).registry);
  if (!known) return undefined;
  const { user, password } = known.words[languageOfEnvironment(io.environment.env)];
  io.stderr.line(speechTo(io).say`User name: ${user}. Password: ${password}.`);
  return known;
}

async function askUserName(
  io: CommandIo,
  question: string,
  known: KnownRegistry | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const usual = known?.user;
  const typed = await ask(io, `${question}${usual === undefined ? '' : ` [${usual}]`}: `, signal ? { signal } : {});
  return typed || (usual ?? '');
}

/** Asks for a login in the middle of a push, until one is accepted; the waiting job then continues by itself. */
export async function signInAtTerminal(
  services: Services,
  request: LoginRequest,
  io: CommandIo,
  signal: AbortSignal,
): Promise<void> {
  const { say, said } = speechTo(io);
  const { registry } = request;
  const why = request.denied ? say`${registry} does not let this login push` : say`${registry} asks for a login`;
  const tried = request.tried ? say` (tried: ${request.tried.username}, from ${said(request.tried.origin)})` : '';
  const words = request.reason === '' ? '' : `: ${said(request.reason)}`;
  io.stderr.line(`${why}${words}${tried}`);
  const known = sayWhatIsWanted(request.registry, io);
  for (;;) {
    const username = await askUserName(io, say`User name`, known, signal);
    const password = await ask(io, say`Password or token: `, { secret: true, signal });
    const failure = await tryLogin(services, request.registry, { username, password });
    if (!failure) return;
    printError(io, failure);
    if (failure.code !== 'UNAUTHORIZED' && failure.code !== 'USAGE') throw failure;
  }
}

async function tryLogin(
  services: Services,
  registry: string,
  { username, password }: UserAndPassword,
): Promise<PushboatError | undefined> {
  if (username === '' || password === '') return usageError('A login needs a user name and a password.');
  try {
    await services.login({ registry, username, password, remember: 'session' });
    return undefined;
  } catch (thrown) {
    return toPushboatError(thrown);
  }
}

/** `logout REGISTRY`. */
export async function logoutCommand(registry: string, options: CommonOptions, io: CommandIo): Promise<void> {
  await using services = await openSession(options, io);
  const removed: LoginInfo[] = await services.logout(registry);
  if (options.json) return printJson(io, { type: 'logout', registry, removed });
  const { say, said } = speechTo(io);
  if (removed.length === 0) return printLine(io, say`There was no login for ${registry}.`);
  for (const { username, origin } of removed)
    printLine(io, say`Removed the login of ${username} for ${registry} from ${said(originText(origin))}.`);
}

function placeOf({ registry, namespace }: LoginInfo): string {
  return namespace === undefined ? registry : `${registry}/${namespace}`;
}
