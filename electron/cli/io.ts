import { oneLine } from './one-line.ts';
import { Outlet } from './outlet.ts';

/** The process's streams, as the commands use them; tests give their own. */
export interface CommandIo {
  stdin: NodeJS.ReadStream;
  stdout: Outlet;
  stderr: Outlet;
}

export function processIo(): CommandIo {
  return { stdin: process.stdin, stdout: new Outlet(process.stdout), stderr: new Outlet(process.stderr) };
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

/** Asks on standard error, so that standard output stays for results. A secret is not echoed. */
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
  try {
    const answer = prompt.question(oneLine(question), options.signal ? { signal: options.signal } : {});
    muted = options.secret ?? false;
    const line = await answer;
    if (muted) io.stderr.line('');
    return line.trim();
  } finally {
    prompt.close();
  }
}

/** All of standard input, without the line end that `echo` adds. */
export async function readSecretFromStdin(io: CommandIo): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return (await text(io.stdin)).replace(/\r?\n$/, '');
}
