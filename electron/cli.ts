import { toPushboatError } from '../shared/errors.ts';
import { describeError, errorObject } from './cli/errors.ts';
import { exitStatusOf } from './cli/exit-status.ts';
import { processIo } from './cli/io.ts';
import { runCommandLine } from './cli/program.ts';

// A reader that closes the pipe early (`pushboat images | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  process.exitCode = await runCommandLine(process.argv.slice(2), processIo);
} catch (thrown) {
  const error = toPushboatError(thrown);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(errorObject(error))}\n`);
  else process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = exitStatusOf(error.code);
}
