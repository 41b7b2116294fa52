import { homedir, tmpdir } from 'node:os';
import { processIo } from '../../electron/cli/io.ts';
import { main } from '../../electron/cli/main.ts';
import { localEnvironment } from '../../electron/files/environment.ts';

// As electron/cli.ts, in a file that is not an ES module. The executable brings its compiled code, so none is kept.
const environment = localEnvironment({ env: process.env, homeDir: homedir(), temporaryDir: tmpdir() });
void main(process.argv.slice(2), processIo(environment)).then((status) => {
  process.exitCode = status;
});
