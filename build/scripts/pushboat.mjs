// `npm run -s pushboat -- …`: the command line, built when its sources have changed, on Node 24.
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { command, ensureReady } from './bootstrap.mjs';
import { root } from './lib/paths.mjs';
import { targets } from './lib/targets.mjs';

await command(async () => {
  await ensureReady({ build: ['cli'] });
  // npm runs scripts in the package's folder; paths are meant from where the person is.
  if (process.env.npm_lifecycle_event === 'pushboat' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
});

// In this very process: signals, standard streams and the exit status are the command's own, and nothing starts twice.
// Compiled code is kept, as loading is most of what a short command does.
module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'pushboat', 'v8'));
const cli = join(root, targets.cli.output);
process.argv[1] = cli;
await import(pathToFileURL(cli).href);
