import { Writable } from 'node:stream';

/** The process's streams, as the commands use them; tests give their own. */
export interface CommandIo {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

export const processIo: CommandIo = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };

/** True when a person can be asked. */
export function isInteractive(io: CommandIo): boolean {
  return io.stdin.isTTY && io.stderr.isTTY;
}

export function printLine(io: CommandIo, line: string): void {
  io.stdout.write(`${line}\n`);
}

export function printJson(io: CommandIo, object: object): void {
  io.stdout.write(`${JSON.stringify(object)}\n`);
}

/** Asks on standard error, so that standard output stays for results. A secret is not echoed. */
export async function ask(
  io: CommandIo,
  question: string,
  options: { secret?: boolean; signal?: AbortSignal } = {},
): Promise<string> {
  let muted = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) io.stderr.write(chunk);
      done();
    },
  });
  // Loaded when somebody is asked: most commands ask nothing.
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: io.stdin, output, terminal: true });
  try {
    const answer = prompt.question(question, options.signal ? { signal: options.signal } : {});
    muted = options.secret ?? false;
    const line = await answer;
    if (muted) io.stderr.write('\n');
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
