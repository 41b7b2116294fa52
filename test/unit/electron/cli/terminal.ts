import { homedir, tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import type { CommandIo } from '../../../../electron/cli/io.ts';
import { Outlet } from '../../../../electron/cli/outlet.ts';
import { localEnvironment } from '../../../../electron/files/environment.ts';

/** Streams that nobody sits at, and what was written to them. `env`: instead of this process's. */
export function makeIo(
  input: string | Uint8Array = '',
  env: NodeJS.ProcessEnv = process.env,
): { io: CommandIo; stdout: () => string; stderr: () => string } {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  // The commands use no more of standard input than this has; `isTTY` is undefined, as in a pipe.
  const io = {
    stdin: stdin as unknown as CommandIo['stdin'],
    stdout: new Outlet(stdout),
    stderr: new Outlet(stderr),
    environment: localEnvironment({ env, homeDir: env['HOME'] ?? homedir(), temporaryDir: tmpdir() }),
  };
  return { io, stdout: reader(stdout), stderr: reader(stderr) };
}

/** A terminal at which somebody types an answer to each question that comes, in this order. */
export function makeTerminal(
  answers: readonly string[],
  env: NodeJS.ProcessEnv,
): { io: CommandIo; stdout: () => string; stderr: () => string } {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const left = [...answers];
  let told = '';
  Object.assign(stdin, { isTTY: true });
  Object.assign(stderr, { isTTY: true });
  stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString('utf8');
    if (/(?:: |\] )$/.test(told) && left.length > 0) setImmediate(() => stdin.write(`${left.shift()}\r`));
  });
  const io = {
    stdin: stdin as unknown as CommandIo['stdin'],
    stdout: new Outlet(stdout),
    stderr: new Outlet(stderr),
    environment: localEnvironment({ env, homeDir: env['HOME'] ?? homedir(), temporaryDir: tmpdir() }),
  };
  return { io, stdout: reader(stdout), stderr: () => told };
}

function reader(stream: PassThrough): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return () => {
    for (let chunk = stream.read() as Buffer | null; chunk; chunk = stream.read() as Buffer | null)
      text += chunk.toString('utf8');
    return text;
  };
}
