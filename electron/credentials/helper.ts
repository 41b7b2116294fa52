import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { PushboatError } from '../../shared/errors.ts';
import { withLowerKeys } from '../../shared/json.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { systemCode } from '../files/system-errors.ts';
import type { Secret } from './auth-file.ts';

/** Milliseconds; a helper may ask the person to unlock a keychain. */
const HELPER_TIMEOUT = 30_000;
/** Milliseconds in which the rest of an output is read after the helper has ended. */
const LINGER = 500;
/** Characters within which an answer ends. */
const MAX_JSON = 64 * 1024;
/** Far more than any login; keeps a broken helper from filling the memory. */
const MAX_OUTPUT = 1024 * 1024;
/** Characters of its last words that are kept, and shown. */
const MAX_COMPLAINT = 2000;
const MAX_SHOWN = 500;

const answerSchema = lazySchema(() => z.object({ username: z.string(), secret: z.string() }));

/** The actions of docker-credential-helpers' protocol that Pushboat uses; input on stdin, never in the arguments. */
type HelperAction = 'get' | 'store' | 'erase';

/** It did not answer in time, and was killed with all that it had started. */
export class HelperSilentError extends PushboatError {
  constructor(name: string, limit: number) {
    const why = `it did not answer within ${limit / 1000} s`;
    super('CREDENTIALS_UNREADABLE', `The credential helper docker-credential-${name} cannot be used: ${why}.`, {
      detail: why,
    });
  }
}

/**
 * Asks `docker-credential-<name> get` for a server. Undefined when the helper has nothing for it.
 * @throws PushboatError CREDENTIALS_UNREADABLE when the helper is missing, fails, or answers nonsense; HelperSilentError.
 * @param limit milliseconds, 30 s when absent.
 */
export async function askHelper(
  name: string,
  server: string,
  env: NodeJS.ProcessEnv,
  limit?: number,
): Promise<Secret | undefined> {
  const ended = await runHelper(name, 'get', server, env, limit);
  if (ended.status !== 0) {
    if (hasNone(ended)) return undefined;
    throw failed(name, ended);
  }
  const answer = parseAnswer(ended.output);
  if (!answer) throw helperError(name, 'its answer is not valid');
  const { username, secret } = answer;
  if (secret === '') return undefined;
  if (username === '') throw helperError(name, 'its answer has a secret and no user name');
  return username === '<token>' ? { username, password: '', identityToken: secret } : { username, password: secret };
}

/** @throws PushboatError CREDENTIALS_UNREADABLE */
export async function storeWithHelper(
  name: string,
  server: string,
  login: { username: string; password: string },
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: login.username, Secret: login.password });
  const ended = await runHelper(name, 'store', input, env);
  if (ended.status === 0) return;
  if (!/not implemented/i.test(`${ended.output} ${ended.complaint}`)) throw failed(name, ended);
  // That of ECR, which many name for all registries: https://github.com/awslabs/amazon-ecr-credential-helper/issues/102
  const message = `The credential helper docker-credential-${name.slice(0, 100)} makes logins itself, and keeps no others.`;
  throw new PushboatError('CREDENTIALS_UNREADABLE', message, { hint: 'keep-elsewhere' });
}

/** @throws PushboatError CREDENTIALS_UNREADABLE */
export async function eraseWithHelper(name: string, server: string, env: NodeJS.ProcessEnv): Promise<void> {
  const ended = await runHelper(name, 'erase', server, env);
  if (ended.status !== 0 && !hasNone(ended)) throw failed(name, ended);
}

/** How a helper ended, and what it wrote. */
interface Ended {
  status: number | null;
  output: string;
  /** Its last words on stderr. */
  complaint: string;
}

/** The protocol has a helper say so on stdout; some say it on stderr. */
function hasNone({ output, complaint }: Ended): boolean {
  return /credentials not found/i.test(`${output} ${complaint}`);
}

function runHelper(
  name: string,
  action: HelperAction,
  input: string,
  env: NodeJS.ProcessEnv,
  limit: number = HELPER_TIMEOUT,
): Promise<Ended> {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return Promise.reject(helperError(name, 'its name is not valid'));
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the helper has started ends with it.
    const options = { env, detached: process.platform !== 'win32', windowsHide: true };
    // Loaded only here: most commands start no program, and each waits for what it loads.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn(`docker-credential-${name}`, [action], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    let timer: NodeJS.Timeout | undefined;
    const kill = (): void => killGroup(child);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      process.off('exit', kill);
      child.stdout.destroy();
      child.stderr.destroy();
      settle();
    };
    timer = setTimeout(() => {
      kill();
      end(() => reject(new HelperSilentError(name, limit)));
    }, limit);
    process.once('exit', kill);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.length > MAX_OUTPUT) kill();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complaint = (complaint + chunk).slice(-MAX_COMPLAINT);
    });
    child.once('error', (error) => {
      end(() => resolve(notStarted(name, error, env)));
    });
    child.once('close', (status) => end(() => resolve({ status, output, complaint })));
    // What a helper leaves running may hold its output open for ever; what the helper itself wrote is in the pipe by now.
    child.once('exit', (status) => {
      clearTimeout(timer);
      timer = setTimeout(() => end(() => resolve({ status, output, complaint })), LINGER);
    });
    // A helper that ends without reading closes the pipe: its status says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** The system says of a script whose interpreter is missing what it says of one that is missing itself. */
async function notStarted(name: string, error: Error, env: NodeJS.ProcessEnv): Promise<never> {
  if (systemCode(error) !== 'ENOENT') throw helperError(name, error.message);
  const isThere = (await installedHelpers(env)).includes(name);
  const why = isThere
    ? 'the program is there, and what it runs on (the first line of a script names it) is not installed'
    : 'the program is not installed';
  throw helperError(name, why);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Docker reads one JSON value and nothing after it: helpers write notes of new versions there. */
function parseAnswer(output: string): z.output<typeof answerSchema> | undefined {
  const text = output.replace(/^\ufeff/, '');
  // A string holds no bare line feed, so that the first `}` that makes the text whole ends the value.
  for (let end = text.indexOf('}'); end !== -1; end = text.indexOf('}', end + 1)) {
    try {
      return answerSchema.safeParse(withLowerKeys(JSON.parse(text.slice(0, end + 1)))).data;
    } catch {
      // It was a brace within a string.
    }
    if (end > MAX_JSON) return undefined;
  }
  return undefined;
}

/** Helpers write what went wrong to stdout, or to stderr. What looks like an answer is not repeated: it may hold a secret. */
function failed(name: string, { status, output, complaint }: Ended): PushboatError {
  if (status === null) return helperError(name, 'it was ended');
  const [words] = [output.trim().split('\n', 1)[0] ?? '', lastLine(complaint)].filter(
    (line) => line && !line.includes('{'),
  );
  return helperError(name, words?.slice(0, MAX_SHOWN).replace(/\.+$/, '') || `it ended with status ${status}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** It says that it has stored a login, and gives another one. */
export function helperForgets(name: string): PushboatError {
  return helperError(name, 'it says that it has stored the login, and then gives another one');
}

function helperError(name: string, why: string): PushboatError {
  const program = `docker-credential-${name.slice(0, 100)}`;
  return new PushboatError('CREDENTIALS_UNREADABLE', `The credential helper ${program} cannot be used: ${why}.`, {
    detail: why,
  });
}

const PROGRAM = /^docker-credential-([A-Za-z0-9._-]+?)(?:\.exe)?$/;

/** Names of the credential helpers on PATH (`docker-credential-NAME`), sorted. A folder that cannot be read has none. */
export async function installedHelpers(env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = [...new Set((env['PATH'] ?? '').split(delimiter).filter(Boolean))];
  const found = await Promise.all(folders.map(helpersIn));
  return [...new Set(found.flat())].toSorted();
}

async function helpersIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch((): string[] => []);
  const helpers = await Promise.all(
    files.map(async (file) => {
      const name = PROGRAM.exec(file)?.[1];
      return name !== undefined && (await isExecutable(join(folder, file))) ? [name] : [];
    }),
  );
  return helpers.flat();
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
