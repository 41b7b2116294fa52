import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';

/** Commands that have not ended; tests of a file run one after the other. */
const running = new Set<ChildProcessWithoutNullStreams>();

/** The built command line, as people run it; `PUSHBOAT_CLI` names another build of it, for example a single executable. */
export const CLI = process.env.PUSHBOAT_CLI ?? fileURLToPath(new URL('../../.vite/build/cli.js', import.meta.url));
/** What starts it. */
export const CLI_COMMAND = /\.m?js$/.test(CLI) ? [process.execPath, CLI] : [CLI];

export interface CliResult {
  status: number;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string>;
  input?: string | Uint8Array;
  cwd?: string;
  /** What is started instead of the built command line. */
  command?: string[];
  /** Stands in for the image-store tool's auth.json, which has a fixed place, as this command sees the file system. */
  imageStoreAuthFile?: string;
}

/** A file over `/var/lib`, in a mount namespace that ends with the command. Then the command itself. */
const WITH_IMAGE_STORE_LOGIN =
  'file=$(cat "$1") && mount -t tmpfs none /var/lib && mkdir /var/lib/ar && printf %s "$file" >/var/lib/ar/auth.json && shift && exec "$@"';

/** A command that was started. */
export interface CliRun {
  readonly child: ChildProcessWithoutNullStreams;
  /** Both streams so far. */
  output(): string;
  readonly ended: Promise<CliResult>;
}

/** A person's home folder of its own: no login, setting or image store of this computer is seen from it. */
export interface CliHome extends TempDir {
  readonly env: Record<string, string | undefined>;
  cli(args: string[], options?: CliOptions): Promise<CliResult>;
  start(args: string[], options?: CliOptions): CliRun;
}

export async function makeCliHome(): Promise<CliHome> {
  if (!existsSync(CLI)) throw new Error('The command line is not built: node build/scripts/build.mjs cli');
  const folder = await makeTempDir('cli');
  const home = join(folder.path, 'home');
  await mkdir(home);
  const env = cleanEnv(home);
  const start = (args: string[], options: CliOptions = {}): CliRun => {
    const command = [...(options.command ?? CLI_COMMAND), ...args];
    const file = options.imageStoreAuthFile;
    if (file !== undefined) {
      command.unshift('unshare', '--map-root-user', '--mount', 'sh', '-c', WITH_IMAGE_STORE_LOGIN, 'sh', file);
    }
    return startProcess(command, { ...env, ...options.env }, options);
  };
  const remove = async (): Promise<void> => {
    // What a failed test left running does not outlive it.
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    await folder.remove();
  };
  const cli = (args: string[], options?: CliOptions): Promise<CliResult> => start(args, options).ended;
  return { path: folder.path, env, start, cli, remove, [Symbol.asyncDispose]: remove };
}

/** Runs a command in a terminal of 100 columns; what is written to its standard input are key presses. */
export function startOnTerminal(home: CliHome, args: string[], options: CliOptions = {}): CliRun {
  const command = [...CLI_COMMAND, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');
  const env = { ...home.env, SHELL: '/bin/sh', TERM: 'xterm-256color', ...options.env };
  const shell = `stty cols 100 rows 30; exec ${command}`;
  return startProcess(['script', '-qec', shell, '/dev/null'], env, options, 'open');
}

/** Milliseconds of the processor that Node takes with these arguments. */
export function processorTime(home: CliHome, args: string[]): number {
  const timed = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
  const env = { ...home.env, LC_ALL: 'C' };
  const { status, stderr } = spawnSync('bash', ['-c', timed, 'bash', process.execPath, ...args], {
    env,
    encoding: 'utf8',
  });
  const [user, system] = /^([\d.]+) ([\d.]+)\n$/.exec(stderr)?.slice(1).map(Number) ?? [];
  if (status !== 0 || user === undefined || system === undefined) throw new Error(`${args.join(' ')}: ${stderr}`);
  return (user + system) * 1000;
}

function cleanEnv(home: string): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env, HOME: home };
  // Whatever would lead to this computer's own files.
  for (const name of Object.keys(env)) {
    if (/^(XDG_|DOCKER_|REGISTRY_AUTH|PUSHBOAT_|NODE_|SSL_CERT_|VITEST)|_PROXY$/i.test(name)) delete env[name];
  }
  return env;
}

function startProcess(
  [command = '', ...args]: string[],
  env: Record<string, string | undefined>,
  options: CliOptions,
  stdin: 'closed' | 'open' = 'closed',
): CliRun {
  const child = spawn(command, args, { env, cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  child.stdin.on('error', () => undefined);
  if (stdin === 'closed') child.stdin.end(options.input ?? '');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const status = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  const ended = Promise.all([status, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    status: code,
    stdout,
    stderr,
  }));
  return { child, output: () => output, ended };
}

/** Waits for what another process does. */
export async function until(what: string, holds: () => boolean, run?: CliRun): Promise<void> {
  for (const deadline = Date.now() + 20_000; !holds(); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`${what} did not come about. ${run?.output() ?? ''}`);
  }
}

/** The objects of `--json`, one for each line. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  expectLineEnd(stdout);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function expectLineEnd(stdout: string): void {
  if (!stdout.endsWith('\n')) throw new Error(`the last line is cut off: ${JSON.stringify(stdout.slice(-200))}`);
}
