import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './paths.mjs';
import { capture } from './run.mjs';

/**
 * @typedef {{ package: string, commands?: string[], font?: string, why: string }} SystemPackage
 * @typedef {'window' | 'tests'} Purpose
 */

/**
 * Makes sure of the programs that are not npm packages: installs what is missing where it may (root on a Debian).
 *
 * @param {readonly Purpose[]} purposes
 * @returns {Promise<SystemPackage[]>} what is still missing
 */
export async function ensureSystemPackages(purposes) {
  const missing = missingPackages(purposes);
  if (missing.length === 0 || !canInstall()) return missing;
  const names = missing.map((entry) => entry.package);
  console.error(`installing Debian packages: ${names.join(' ')} …`);
  await install(names);
  return missingPackages(purposes);
}

/** What to tell a person who has to install it. */
export function describeMissing(missing) {
  const names = missing.map((entry) => entry.package);
  const lines = missing.map((entry) => `  ${entry.package.padEnd(16)} ${entry.why}`);
  return [
    'These programs are missing:',
    ...lines,
    process.platform === 'linux' && onPath('apt-get')
      ? `Install them: sudo apt-get update && sudo apt-get install --no-install-recommends ${names.join(' ')}`
      : 'The names are those of the Debian packages; install the same programs with your package manager.',
  ].join('\n');
}

/** @param {readonly Purpose[]} purposes */
function missingPackages(purposes) {
  /** @type {Record<Purpose, SystemPackage[]>} */
  const list = JSON.parse(readFileSync(join(root, 'build', 'debian-packages.json'), 'utf8'));
  return purposes.flatMap((purpose) => list[purpose]).filter((entry) => !isPresent(entry));
}

/** Looks for what a package gives rather than for the package: on other systems that has another name. */
function isPresent({ package: name, commands, font }) {
  if (font) return process.platform !== 'linux' || hasFont(font) || isInstalled(name);
  return (commands ?? []).some(onPath);
}

function hasFont(language) {
  const { stdout } = spawnSync('fc-list', [`:lang=${language}`, 'family'], { encoding: 'utf8' });
  return Boolean(stdout?.trim());
}

/** For a machine without fontconfig's tools. */
function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return stdout?.trim() === 'installed';
}

/** Whether PATH has a command. */
export function onPath(command) {
  // Debian keeps daemons where only root's PATH looks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get') && onPath('dpkg');
}

async function install(names) {
  await withoutServices(async () => {
    if (!hasPackageLists()) await apt(['update']);
    const args = ['install', '--yes', '--no-install-recommends', ...names];
    if ((await apt(args, { mayFail: true })) === 0) return;
    // Lists that are too old name versions that are no longer there.
    await apt(['update']);
    await apt(args);
  });
  disableServices(names);
}

function hasPackageLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}

async function apt(args, { mayFail = false } = {}) {
  const { status, output } = await capture('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
  if (status !== 0 && !mayFail) {
    process.stderr.write(output);
    throw new Error(`apt-get ${args[0]} failed (exit status ${status}); its messages are above`);
  }
  return status;
}

/** Keeps packages from starting their daemons while they are installed: the tests start their own, on other ports. */
async function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(policy, { force: true });
  }
}

/** Nor shall they start with the next boot; only packages that we have installed just now are touched. */
function disableServices(names) {
  if (!onPath('systemctl')) return;
  const units = {
    'docker-registry': ['docker-registry'],
    'docker.io': ['docker.service', 'docker.socket', 'containerd'],
  };
  const installed = names.flatMap((name) => units[name] ?? []);
  if (installed.length > 0) spawnSync('systemctl', ['disable', ...installed], { stdio: 'ignore' });
}
