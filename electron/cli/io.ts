import { PushboatError } from '../../shared/errors.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import type { EarlyConnections } from '../registry/http/early-connections.ts';
import type { OtherLanguage } from './language/types.ts';
import { oneLine } from './one-line.ts';
import { Outlet } from './outlet.ts';

/** The process's streams and its environment, as the commands use them; tests give their own. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadStream;
  stdout: Outlet;
  stderr: Outlet;
  environment: LocalEnvironment;
  /** What is said in, where it is not English. */
  language?: OtherLanguage | undefined;
  /** Connections that were begun before the command was read. */
  early?: EarlyConnections | undefined;
}

export function processIo(environment: LocalEnvironment, early?: EarlyConnections): CommandIo {
  const [stdout, stderr] = [new Outlet(process.stdout), new Outlet(process.stderr)];
  return {
    // Opened when it is first read: most commands are asked nothing.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    environment,
    early,
  };
}

/** True when a person can be asked. */
export function isInteractive(io: CommandIo): boolean {
  return io.stdin.isTTY && io.stderr.isTTY;
}

/** One line, whatever its text holds. */
export function printLine(io: CommandIo, line: string): void {
  io.stdout.line(line);
}

export function printLines(io: CommandIo, lines: readonly string[]): void {
  io.stdout.lines(lines);
}

export function printJson(io: CommandIo, object: object): void {
  io.stdout.json(object);
}

/** Asks on standard error, so that standard output stays for results. A secret is not echoed. @throws PushboatError CANCELLED on Ctrl-C and Ctrl-D. */
export async function ask(
  io: CommandIo,
  question: string,
  options: { secret?: boolean; signal?: AbortSignal } = {},
): Promise<string> {
  let muted = false;
  const output = io.stderr.forTyping(() => !muted);
  // Loaded when somebody is asked: most commands ask nothing.
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: io.stdin, output, terminal: true });
  const close = (): void => prompt.close();
  options.signal?.addEventListener('abort', close);
  // Ctrl-C and Ctrl-D close the prompt; its question would then wait for ever.
  const { promise: closed, reject } = Promise.withResolvers<never>();
  prompt.once('close', () =>
    reject(new PushboatError('CANCELLED', 'The question was not answered, so nothing was done.')),
  );
  try {
    const answer = prompt.question(oneLine(question));
    muted = options.secret ?? false;
    const line = await Promise.race([closed, answer]);
    if (muted) io.stderr.line('');
    return line.trim();
  } catch (error) {
    io.stderr.line('');
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', close);
    close();
  }
}

/** All of standard input. */
export async function readStdinBytes(io: CommandIo): Promise<Buffer> {
  const { buffer } = await import('node:stream/consumers');
  return buffer(io.stdin);
}

/** The same without the line end that `echo` adds. */
export async function readSecretFromStdin(io: CommandIo): Promise<string> {
  return (await readStdinBytes(io)).toString('utf8').replace(/\r?\n$/, '');
}
