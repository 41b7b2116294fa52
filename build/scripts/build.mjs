// Builds the app's bundles: `node build/scripts/build.mjs [--force] [main] [preload] [cli] [renderer]`; all by default.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildTargets } from './lib/build.mjs';
import { nodeBinary } from './lib/paths.mjs';
import { isTarget, targets } from './lib/targets.mjs';

const args = process.argv.slice(2);
const node = nodeBinary();
if (node !== process.execPath) {
  process.exit(spawnSync(node, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' }).status ?? 1);
}

const names = args.filter((arg) => arg !== '--force');
const unknown = names.filter((name) => !isTarget(name));
if (unknown.length > 0) {
  console.error(`unknown target: ${unknown.join(', ')} (there are ${Object.keys(targets).join(', ')})`);
  process.exit(2);
}

// One target's failure does not keep the others from being built.
for (const name of names.length > 0 ? names.filter(isTarget) : Object.keys(targets)) {
  try {
    await buildTargets([name], { force: args.includes('--force') });
  } catch (error) {
    console.error(`building ${name} failed: ${error.message}`);
    process.exitCode = 1;
  }
}
