import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium, noDisplayReason } from './chromium.ts';
import { answerControls } from './controls.ts';
import { hostOptions } from './host-state.ts';

/*
 * Runs the application's own built bundles over an installed Chromium, where Electron's runtime is not to be had.
 * Usage: node test/chromium-host/run.ts [--controlled] [--keyring] [--locale TAG] [--bundles FOLDER] [PATH…]
 */
const standIn = new URL('./electron/index.ts', import.meta.url).href;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** A test holds the other end of the process's IPC channel and answers dialogs. */
    controlled: { type: 'boolean', default: false },
    keyring: { type: 'boolean', default: false },
    locale: { type: 'string', default: Intl.DateTimeFormat().resolvedOptions().locale },
    bundles: { type: 'string', default: fileURLToPath(new URL('../../.vite', import.meta.url)) },
  },
});
const mainBundle = resolve(values.bundles, 'build/main.js');

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const noDisplay = noDisplayReason(process.env, process.platform);
if (noDisplay !== undefined) fail(noDisplay);
const chromium = findChromium(process.env);
if (chromium === undefined || !existsSync(chromium)) {
  fail(
    'No Chromium or Chrome was found. Install one (Debian: apt-get install chromium), name it in PUSHBOAT_CHROMIUM,\n' +
      'or use the command line: npm run -s pushboat -- push IMAGE DESTINATION',
  );
}
if (!existsSync(mainBundle)) fail('The application is not built yet: run npm start, which builds it.');

Object.assign(hostOptions, {
  interactive: !values.controlled,
  keyring: values.keyring,
  locale: values.locale,
  chromium,
});
// As a packaged application sees them: the executable, then what a person gave.
process.argv = [process.execPath, ...positionals];

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context),
});

const { app } = await import('./electron/app.ts');
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The first asks, as closing the window does; whoever insists gets the end at once.
  process.on(signal, () => (++signals === 1 ? app.quit() : app.exit(1)));
}
if (values.controlled) {
  answerControls();
  // The test is gone: nobody would ever close this window.
  process.on('disconnect', () => app.exit(1));
}
await import(pathToFileURL(mainBundle).href);
app.becomeReady();
