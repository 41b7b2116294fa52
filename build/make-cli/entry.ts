import { startCommandLine } from '../../electron/cli/start.ts';

// As electron/cli.ts, in a file that is not an ES module. The executable brings its compiled code, so none is kept.
void startCommandLine(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
