// `npm pack` runs this first: the command line, its manual page, completions and licences.
import { command, ensureReady } from './bootstrap.mjs';
import { makeCliFiles } from './lib/cli-files.mjs';

await command(async () => {
  await ensureReady();
  await makeCliFiles();
});
