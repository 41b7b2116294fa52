import { type PushboatError, toPushboatError } from '../../shared/errors.ts';
import type { LoginInfo, Remember } from '../../shared/logins.ts';
import { originText } from '../../shared/logins.ts';
import type { LoginRequest } from '../../shared/transfer-events.ts';
import { registryName } from '../access/registry-info.ts';
import type { Services } from '../services.ts';
import { printError, usageError } from './errors.ts';
import { checkAuthFile } from './files.ts';
import { ask, type CommandIo, isInteractive, printJson, printLine, readSecretFromStdin } from './io.ts';
import { type CommonOptions, openSession } from './session.ts';

export interface LoginCommandOptions extends CommonOptions {
  username?: string;
  passwordStdin?: boolean;
  remember?: Remember;
  json?: boolean;
}

/** Where `login` keeps a login by default: the file that all tools read. */
const DEFAULT_REMEMBER: Remember = 'docker-file';

/** `login REGISTRY`: checks with the registry, then keeps. @throws PushboatError UNAUTHORIZED when it is refused. */
export async function loginCommand(registry: string, options: LoginCommandOptions, io: CommandIo): Promise<void> {
  registryName(registry);
  await checkAuthFile(options.authfile, 'may be new');
  const { username, password } = await readLogin(registry, options, io);
  await using services = await openSession(options, io);
  const remember = options.remember ?? (options.authfile ? 'containers-file' : DEFAULT_REMEMBER);
  const info = await services.login({ registry, username, password, remember });
  if (options.json) return printJson(io, { type: 'login', ...info });
  printLine(io, `Signed in to ${info.registry} as ${info.username}; kept in ${originText(info.origin)}.`);
  if (info.origin.kind === 'file')
    io.stderr.line('The password is stored there without encryption, as Docker and Podman do.');
}

async function readLogin(
  registry: string,
  options: LoginCommandOptions,
  io: CommandIo,
): Promise<{ username: string; password: string }> {
  if (options.passwordStdin) {
    if (!options.username) throw usageError('--password-stdin needs --username.');
    const password = await readSecretFromStdin(io);
    if (password === '') throw usageError('Standard input gave no password.');
    return { username: options.username, password };
  }
  if (!isInteractive(io)) throw usageError('Nobody can be asked here: give --username and --password-stdin.');
  const username = options.username ?? (await ask(io, `User name for ${registry}: `));
  const password = await ask(io, 'Password or token: ', { secret: true });
  if (username === '' || password === '') throw usageError('A login needs a user name and a password.');
  return { username, password };
}

/** Asks for a login in the middle of a push, until one is accepted; the waiting job then continues by itself. */
export async function signInAtTerminal(
  services: Services,
  request: LoginRequest,
  io: CommandIo,
  signal: AbortSignal,
): Promise<void> {
  const why = request.denied ? 'does not let this login push' : 'asks for a login';
  const tried = request.tried ? ` (tried: ${request.tried.username}, from ${request.tried.origin})` : '';
  const words = request.reason === '' ? '' : `: ${request.reason}`;
  io.stderr.line(`${request.registry} ${why}${words}${tried}`);
  for (;;) {
    const username = await ask(io, 'User name: ', { signal });
    const password = await ask(io, 'Password or token: ', { secret: true, signal });
    const failure = await tryLogin(services, request.registry, username, password);
    if (!failure) return;
    printError(io, failure);
    if (failure.code !== 'UNAUTHORIZED' && failure.code !== 'USAGE') throw failure;
  }
}

async function tryLogin(
  services: Services,
  registry: string,
  username: string,
  password: string,
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
export async function logoutCommand(
  registry: string,
  options: CommonOptions & { json?: boolean },
  io: CommandIo,
): Promise<void> {
  await using services = await openSession(options, io);
  const removed: LoginInfo[] = await services.logout(registry);
  if (options.json) return printJson(io, { type: 'logout', registry, removed });
  if (removed.length === 0) return printLine(io, `There was no login for ${registry}.`);
  for (const { username, origin } of removed)
    printLine(io, `Removed the login of ${username} for ${registry} from ${originText(origin)}.`);
}
