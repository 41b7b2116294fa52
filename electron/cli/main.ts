import { z } from 'zod';
import { PushboatError, toPushboatError } from '../../shared/errors.ts';
import { gone } from '../files/system-errors.ts';
import { ExitStatus, errorObject, exitStatusOf, printError } from './errors.ts';
import { endAsFirstProcess } from './interrupts.ts';
import { type CommandIo, printJson } from './io.ts';
import { languageOfLocale } from './language/language.ts';
import { runCommandLine } from './program.ts';

/** Runs the command line of this process. Returns the exit status; never throws. */
export async function main(args: string[], io: CommandIo): Promise<number> {
  // A command checks little, and once: to compile its checks takes longer than they do.
  z.config({ jitless: true });
  io.language = await languageOfLocale(io.environment.env);
  const isJson = args.some((arg) => /^--json(?:=(?:1|t|true))?$/i.test(arg));
  const tell = (error: PushboatError): void => {
    if (isJson && !io.stdout.isClosed) printJson(io, errorObject(error));
    else printError(io, error);
  };
  endAsFirstProcess(io);
  // What nobody caught must not get to the terminal by Node's own way.
  process.once('uncaughtException', (error) => {
    tell(toPushboatError(error));
    process.exit(ExitStatus.failed);
  });
  let status: number;
  try {
    status = await runCommandLine(args, io);
  } catch (thrown) {
    const error = isWithoutFolder(thrown) ? gone('.') : toPushboatError(thrown);
    tell(error);
    status = exitStatusOf(error.code);
  }
  await Promise.all([io.stdout.flush(), io.stderr.flush()]);
  const { failure } = io.stdout;
  if (!failure) return status;
  printError(io, outputLost(failure));
  return status === ExitStatus.done ? ExitStatus.failed : status;
}

/** The current folder was removed, so no path of the command line can be found from there. */
function isWithoutFolder(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown && thrown.syscall === 'uv_cwd';
}

/** What the command did is done, but the person or program that wanted to read of it could not. */
function outputLost(failure: NodeJS.ErrnoException): PushboatError {
  return new PushboatError(
    'DESTINATION_UNWRITABLE',
    'Standard output cannot be written, so what was printed there is incomplete.',
    {
      detail: failure.message,
      hint: 'make-room',
      cause: failure,
    },
  );
}
