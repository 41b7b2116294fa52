import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { node24, root } from './paths.mjs';
import { run } from './run.mjs';

const marker = join(root, 'node_modules', '.pushboat-lock');

/** Installs the dependencies when they are missing or not those of `package-lock.json`. */
export async function ensureDependencies() {
  if (isInstalled()) return;
  await withLock('setup', async () => {
    if (isInstalled()) return;
    if (!matchesLockfile()) await install();
    writeFileSync(marker, lockfileHash());
  });
}

function isInstalled() {
  return existsSync(marker) && readFileSync(marker, 'utf8') === lockfileHash() && existsSync(node24);
}

function lockfileHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether someone ran npm by hand: npm then left a lockfile of its own that names the same packages. */
function matchesLockfile() {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (!installed || !wanted || !existsSync(node24)) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === version : optional === true;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function install() {
  console.error('installing dependencies (npm ci) …');
  // npm must not run on the Node inside the folder that it is about to replace.
  const own = join(root, 'node_modules');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(own));
  const windows = process.platform === 'win32';
  const status = await run('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    shell: windows,
    // Standard output belongs to the command that this is the set-up for.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: path.join(delimiter) },
  });
  if (status !== 0) throw new Error(`npm ci failed (exit status ${status}); its messages are above`);
}
