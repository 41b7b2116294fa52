import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';

/**
 * Finds Electron's runtime. The npm package fetches it when first used, from a place that some networks do not reach; a
 * failure is remembered for a day, so that not every start waits for it.
 */
const folder = join(root, 'node_modules', 'electron');
const failureFile = join(root, 'node_modules', '.cache', 'pushboat', 'electron-unreachable');
/** How long the download's server has to answer, in milliseconds; the download itself may take as long as it takes. */
const answerLimit = 8000;
const failureLasts = 24 * 60 * 60 * 1000;

/** @returns {Promise<string | undefined>} the path of the executable */
export async function findElectron() {
  const present = installed();
  if (present || failedLately()) return present;
  if (await download()) return installed();
  mkdirSync(dirname(failureFile), { recursive: true });
  writeFileSync(failureFile, '');
  return undefined;
}

function installed() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const executable = join(override ?? join(folder, 'dist'), executableName());
  if (override) return existsSync(executable) ? executable : undefined;
  return existsSync(executable) && distVersion() === packageVersion() ? executable : undefined;
}

function executableName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

const packageVersion = () => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;

function distVersion() {
  const file = join(folder, 'dist', 'version');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : undefined;
}

function failedLately() {
  return existsSync(failureFile) && Date.now() - statSync(failureFile).mtimeMs < failureLasts;
}

/** Starts the package's own installer, which may have the archive in its cache, and gives up when nothing answers. */
async function download() {
  const useProxy = process.env.HTTPS_PROXY || process.env.https_proxy ? '1' : undefined;
  const installer = spawn(process.execPath, [join(folder, 'install.js')], {
    stdio: 'ignore',
    env: { ...process.env, ...(useProxy && { ELECTRON_GET_USE_PROXY: useProxy }) },
  });
  const finished = new Promise((resolve) => {
    installer.once('error', () => resolve(false));
    installer.once('close', (code) => resolve(code === 0));
  });
  const ended = await Promise.race([finished, reachable()]);
  if (ended === 'unreachable') installer.kill();
  if (ended === 'reachable') console.error("downloading Electron's runtime, about 120 MB …");
  return finished;
}

/** @returns {Promise<'reachable' | 'unreachable'>} 'unreachable' only when the time is up */
async function reachable() {
  const limit = sleep(answerLimit, 'unreachable', { ref: false });
  const answered = fetch(downloadUrl(), { method: 'HEAD', signal: AbortSignal.timeout(answerLimit) }).then(
    (response) => (response.ok ? 'reachable' : limit),
    // Behind a proxy only the installer gets through; it has until the limit.
    () => limit,
  );
  return answered;
}

function downloadUrl() {
  const version = `v${packageVersion()}`;
  const base =
    process.env.ELECTRON_MIRROR ||
    process.env.npm_config_electron_mirror ||
    'https://github.com/electron/electron/releases/download/';
  return `${base}${version}/electron-${version}-${process.platform}-${process.arch}.zip`;
}
