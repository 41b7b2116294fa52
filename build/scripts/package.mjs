// `npm run package`, `npm run make`: the desktop app as a folder, and its installers, in `out/`. Further arguments are Forge's.
import { join } from 'node:path';
import { command, ensureReady } from './bootstrap.mjs';
import { findElectron } from './lib/electron-runtime.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

const NO_RUNTIME = `Electron's runtime could not be downloaded, so there is nothing to package.
Where the network does not reach it: PUSHBOAT_ELECTRON_ZIP_DIR names a folder with Electron's own zip file for the system.`;

await command(async () => {
  const [step, ...args] = process.argv.slice(2);
  await ensureReady();
  if (!process.env.PUSHBOAT_ELECTRON_ZIP_DIR && !(await findElectron())) throw new Error(NO_RUNTIME);
  const forge = join(root, 'node_modules', '@electron-forge', 'cli', 'dist', 'electron-forge.js');
  return run(process.execPath, [forge, step, ...args], { cwd: root });
});
