// `npm start [-- PATH…]`: opens the window. With Electron where its runtime can be had, otherwise with Chromium.
import { join, resolve } from 'node:path';
import { command, ensureReady } from './bootstrap.mjs';
import { findElectron } from './lib/electron-runtime.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { describeMissing } from './lib/system-packages.mjs';

const noDisplay = `There is no display here, so Pushboat's window cannot open.
The command line does the same work: npm run -s pushboat -- push IMAGE TARGET
Its help: npm run -s pushboat -- --help`;

await command(async () => {
  const { DISPLAY, WAYLAND_DISPLAY, INIT_CWD } = process.env;
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) throw new Error(noDisplay);
  const { missing } = await ensureReady({ build: ['main', 'preload', 'renderer'], systemPackages: ['window'] });

  // npm runs scripts in the package's folder; paths are meant from where the person is.
  const args = process.argv.slice(2).map((arg) => (arg.startsWith('-') ? arg : resolve(INIT_CWD ?? '.', arg)));
  const electron = await findElectron();
  if (electron) return run(electron, [root, ...sandboxFlags(), ...args], { cwd: root });

  if (missing.some((entry) => entry.commands)) {
    throw new Error(`Electron's runtime could not be downloaded.\n${describeMissing(missing)}`);
  }
  console.error("Electron's runtime could not be downloaded; opening the window with Chromium instead.");
  return run(process.execPath, [join(root, 'test', 'chromium-host', 'run.ts'), ...args], { cwd: root });
});

/** Chromium's sandbox refuses to work for root. */
function sandboxFlags() {
  return process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}
