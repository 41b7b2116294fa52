// What every command does first. Runs on Node 20 with nothing installed: Node's own modules and ours only.
import { buildTargets } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { nodeBinary } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { ensureSystemPackages } from './lib/system-packages.mjs';

/**
 * Installs the dependencies when needed, continues under Node 24 (this process then only waits for that one and exits with
 * its status), makes sure of the system's packages, and builds what is not up to date. Speaks on standard error only.
 *
 * @param {object} [needs]
 * @param {readonly import('./lib/targets.mjs').TargetName[]} [needs.build]
 * @param {readonly import('./lib/system-packages.mjs').Purpose[]} [needs.systemPackages]
 * @returns {Promise<{ missing: import('./lib/system-packages.mjs').SystemPackage[] }>} system packages that are missing
 *   and could not be installed
 */
export async function ensureReady({ build = [], systemPackages = [] } = {}) {
  await ensureDependencies();
  await continueOnNode24();
  const missing = systemPackages.length > 0 ? await ensureSystemPackages(systemPackages) : [];
  await buildTargets(build);
  return { missing };
}

async function continueOnNode24() {
  const node = nodeBinary();
  if (node === process.execPath) return;
  process.exit(await run(node, process.argv.slice(1)));
}

/**
 * Runs a command of ours and shows its failure as one line.
 *
 * @param {() => Promise<number | void>} main its exit status, if it is not to be left to `process.exitCode`
 */
export async function command(main) {
  try {
    const status = await main();
    if (typeof status === 'number') process.exit(status);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
