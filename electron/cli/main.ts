import { toPushboatError } from '../../shared/errors.ts';
import { describeError, errorObject } from './errors.ts';
import { exitStatusOf } from './exit-status.ts';
import { processIo } from './io.ts';
import { runCommandLine } from './program.ts';

/** Runs the command line of this process. Returns the exit status; never throws. */
export async function main(args: string[]): Promise<number> {
  // A reader that closes the pipe early (`pushboat images | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    return await runCommandLine(args, processIo);
  } catch (thrown) {
    const error = toPushboatError(thrown);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify(errorObject(error))}\n`);
    else process.stderr.write(`${describeError(error)}\n`);
    return exitStatusOf(error.code);
  }
}
