import { startCommandLine } from '../../electron/cli/start.ts';

// As electron/cli.ts, but the executable brings its compiled code, so none is kept.
void startCommandLine(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
