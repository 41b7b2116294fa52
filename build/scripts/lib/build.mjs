import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { withLock } from './lock.mjs';
import { root } from './paths.mjs';
import { isFresh, takeStamp, writeStamp } from './stamps.mjs';
import { targets } from './targets.mjs';

/**
 * Builds those of the named targets whose inputs have changed since they were last built.
 *
 * @param {readonly import('./targets.mjs').TargetName[]} names
 * @param {{ force?: boolean, log?: (line: string) => void }} [options]
 */
export async function buildTargets(names, { force = false, log = console.error } = {}) {
  const wanted = names.filter((name) => force || !isFresh(name));
  if (wanted.length === 0) return;
  await withLock('build', async () => {
    // Another process may have built them while this one waited.
    for (const name of wanted) if (force || !isFresh(name)) await buildTarget(name, log);
  });
}

async function buildTarget(name, log) {
  const target = targets[name];
  if (!existsSync(join(root, target.entry))) {
    throw new Error(`cannot build ${name}: ${target.entry} does not exist`);
  }
  const started = performance.now();
  const stamp = takeStamp(name);
  // Loaded only when there is something to build: Vite takes longer to load than a short command to run.
  const { build } = await import('vite');
  const mode = process.env.NODE_ENV;
  const outputs = [await build({ configFile: join(root, target.config), logLevel: 'warn', mode: 'production' })].flat();
  if (mode === undefined) delete process.env.NODE_ENV;
  removeStale(target, new Set(outputs.flatMap((result) => result.output.map((file) => file.fileName))));
  writeStamp(name, stamp);
  log(`built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Removes files of former builds that this one has not written again. */
function removeStale({ chunks }, current) {
  if (!chunks || !existsSync(join(root, chunks))) return;
  const folder = join(root, '.vite', 'build');
  for (const file of readdirSync(join(root, chunks))) {
    const path = join(root, chunks, file);
    if (!current.has(relative(folder, path).replaceAll('\\', '/'))) rmSync(path);
  }
}
