import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'postject';
import { build } from 'vite';
import { root } from '../scripts/lib/paths.mjs';
import { ownSystem, runtimeFolder, succeed, systems } from './systems.mjs';

/** Where the bundle goes; `licenses.md` is next to it. */
export const bundleFolder = join(root, '.vite', 'executable');

/** What Node.js looks for to know that a program was put into it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Bundles the command line into one file. */
export async function bundle() {
  await build({ configFile: join(root, 'build', 'vite.executable.config.ts'), logLevel: 'warn', mode: 'production' });
}

/**
 * Puts the bundle into Node.js for a system.
 * https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 *
 * @param {string} system
 * @param {string} release of Node.js
 * @param {string} output the executable
 */
export async function makeExecutable(system, release, output) {
  const { program } = systems[system];
  const blob = join(bundleFolder, `${system}.blob`);
  const config = join(bundleFolder, `${system}.json`);
  const settings = {
    main: join(bundleFolder, 'pushboat.cjs'),
    output: blob,
    disableExperimentalSEAWarning: true,
    // Compiled code is of one system and version of V8: of this one's only.
    useCodeCache: system === ownSystem,
  };
  writeFileSync(config, JSON.stringify(settings));
  // Releases differ in how they read the blob, so one of the same release writes it.
  const own = release === process.versions.node ? process.execPath : await ownProgram(release);
  await succeed(own, ['--experimental-sea-config', config]);
  mkdirSync(dirname(output), { recursive: true });
  copyFileSync(join(await runtimeFolder(system, release), 'bin', program), output);
  chmodSync(output, 0o755);
  await quietly(() =>
    inject(output, 'NODE_SEA_BLOB', readFileSync(blob), {
      sentinelFuse: FUSE,
      ...(system.startsWith('darwin') ? { machoSegmentName: 'NODE_SEA' } : {}),
    }),
  );
  chmodSync(output, 0o755);
}

async function ownProgram(release) {
  const program = join(await runtimeFolder(ownSystem, release), 'bin', systems[ownSystem].program);
  chmodSync(program, 0o755);
  return program;
}

/** Its library tells on standard output and standard error what it finds odd about Node.js itself. */
async function quietly(work) {
  const { log, warn, error } = console;
  Object.assign(console, { log: () => {}, warn: () => {}, error: () => {} });
  try {
    await work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}
