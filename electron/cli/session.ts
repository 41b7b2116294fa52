import { resolve } from 'node:path';
import { version } from '../../package.json';
import type { ErrorData } from '../../shared/errors.ts';
import { HINTS } from '../../shared/hints.ts';
import type { Login } from '../../shared/logins.ts';
import type { RegistryPolicy } from '../../shared/registry-policy.ts';
import { DEFAULT_IMAGES_STORE_DIR } from '../../shared/settings.ts';
import { createServices, type Services } from '../services.ts';
import { appDataDir } from '../settings/app-paths.ts';
import { hintText, usageError } from './errors.ts';
import { ask, type CommandIo, isInteractive, readSecretFromStdin } from './io.ts';
import { speechTo } from './language/language.ts';

/** Options that several commands have. */
export interface CommonOptions {
  tlsVerify?: boolean;
  /** Folder. */
  certDir?: string;
  json?: boolean;
  authfile?: string;
  /** Prints requests, waits and decisions. */
  debug?: boolean;
  creds?: string;
  /** False with `--no-resume`. */
  resume?: boolean;
  /** Folder where compressed layers are kept. */
  blobCache?: string;
  /** File that says which signatures images need. */
  signaturePolicy?: string;
  /** Bytes per second. */
  limitRate?: number;
  /** Milliseconds that a registry is waited for. */
  retryFor?: number;
  /** Layers that are sent at once. */
  parallel?: number;
  /** Bytes of one request of a large layer. */
  chunkSize?: number;
}

/** How long a registry is waited for that has answered before, where neither `--retry-for` nor what is set for it says so. Milliseconds. */
const RETRY_FOR = 5 * 60_000;

/** The services of one command; disposing them releases everything. `--creds` counts after `useCreds`. */
export async function openSession(options: CommonOptions, io: CommandIo): Promise<Services & AsyncDisposable> {
  const { env, homeDir, temporaryDir, platform } = io.environment;
  const debug = isDebugging(options, env) ? debugPrinter(io) : undefined;
  debug?.(`pushboat ${version} on ${platform}, node ${process.versions.node}`);
  const services = await createServices({
    dataDir: appDataDir(env, platform),
    env,
    homeDir,
    temporaryDir,
    onProblem: (problem) => printProblem(problem, options, io),
    authFile: options.authfile || undefined,
    forgetful: options.resume === false ? true : undefined,
    blobCache: options.blobCache === undefined ? undefined : resolve(options.blobCache),
    signaturePolicy: options.signaturePolicy === undefined ? undefined : resolve(options.signaturePolicy),
    bandwidthLimit: options.limitRate,
    retryForMs: RETRY_FOR,
    policyOfRun: policyOfRun(options),
    onDebug: debug,
    tlsVerify: options.tlsVerify,
    certDir: options.certDir === undefined ? undefined : resolve(options.certDir),
    early: io.early,
  });
  return Object.assign(services, { [Symbol.asyncDispose]: () => services.close() });
}

/** `--debug`, or PUSHBOAT_DEBUG set to anything but 0 and false. */
export function isDebugging({ debug }: CommonOptions, env: NodeJS.ProcessEnv): boolean {
  return debug ?? !/^(?:0|false)?$/i.test(env['PUSHBOAT_DEBUG'] ?? '');
}

/** Each line with the time since the start, on standard error. */
function debugPrinter(io: CommandIo): (line: string) => void {
  const started = performance.now();
  return (line) => {
    io.stdout.clearDrawing();
    io.stderr.line(`debug ${((performance.now() - started) / 1000).toFixed(3).padStart(8)} ${line}`);
  };
}

function policyOfRun({ parallel, chunkSize, retryFor }: CommonOptions): RegistryPolicy {
  return {
    ...(parallel && { maxUploads: parallel }),
    ...(chunkSize && { chunkSize }),
    ...(retryFor !== undefined && { retryForSeconds: retryFor / 1000 }),
  };
}

/** From now on the login of `--creds`, for which a person may be asked, is used before all others. */
export async function useCreds({ credentials }: Services, creds: string | undefined, io: CommandIo): Promise<void> {
  if (creds !== undefined) credentials.give(await givenLogin(creds, io));
}

/** Says once what failed without stopping the command: the file or program, the fault, and what follows. */
function printProblem(problem: ErrorData, { json }: CommonOptions, io: CommandIo): void {
  const { hint, ...data } = problem;
  if (json) {
    const follows = hint === undefined ? {} : { hint: HINTS[hint], hintKey: hint };
    return io.stdout.json({ ...data, type: 'warning', ...follows });
  }
  // Bars that are drawn go, and come again below the line.
  io.stdout.clearDrawing();
  const { say, said } = speechTo(io);
  const next = hint === undefined ? [] : [hintText(hint, io.language)];
  io.stderr.line(say`Warning: ${[said(data.message), ...next].join(' ')}`);
}

/** `--creds USER:PASSWORD`; without the password a person is asked for it, and `-` stands for what standard input says. */
async function givenLogin(option: string, io: CommandIo): Promise<Login> {
  const creds = option === '-' ? await readSecretFromStdin(io) : option;
  if (option === '-' && !/^[^:]+:./.test(creds)) throw usageError('--creds - needs USER:PASSWORD on standard input.');
  const colon = creds.indexOf(':');
  const username = colon === -1 ? creds : creds.slice(0, colon);
  if (username === '') throw usageError('--creds needs USER:PASSWORD.');
  if (colon !== -1) return { username, password: creds.slice(colon + 1), origin: { kind: 'command-line' } };
  if (!isInteractive(io)) {
    throw usageError(
      '--creds USER asks for the password, and nobody can be asked here: use --creds - and standard input.',
    );
  }
  return {
    username,
    password: await ask(io, speechTo(io).say`Password for ${username}: `, { secret: true }),
    origin: { kind: 'command-line' },
  };
}

/** `--images-store-dir`, else the folder of the settings. */
export function imagesStoreDir(option: string | undefined, services: Services): string {
  return option ?? (services.settings.get().imagesStoreDir || DEFAULT_IMAGES_STORE_DIR);
}
