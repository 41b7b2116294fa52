import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { targets } from './targets.mjs';

/**
 * Says whether a bundle is still what its inputs would give. A stamp holds two fingerprints: one of the files' sizes and
 * times (a few milliseconds, enough on almost every start) and one of their contents, for when only times have changed,
 * as a git checkout does.
 *
 * @typedef {{ times: string, contents: string }} Stamp
 */
const stampFile = (name) => join(root, '.vite', 'stamps', `${name}.json`);

/** Files that go into a target, each once, in a fixed order. */
function inputs(name) {
  const target = targets[name];
  const common = ['package.json', 'package-lock.json', 'build/vite.node.ts', target.config];
  return [...common, ...target.sources.flatMap(filesUnder)].filter((path) => existsSync(join(root, path)));
}

function filesUnder(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  const entries = readdirSync(full, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

function fingerprint(paths, describe) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${path}\0`)
      .update(describe(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

const byTimes = (path) => {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
};

/** @returns {Stamp | undefined} */
function readStamp(name) {
  try {
    return JSON.parse(readFileSync(stampFile(name), 'utf8'));
  } catch {
    return undefined;
  }
}

export function takeStamp(name) {
  const paths = inputs(name);
  return { times: fingerprint(paths, byTimes), contents: fingerprint(paths, readFileSync) };
}

export function writeStamp(name, stamp) {
  mkdirSync(join(root, '.vite', 'stamps'), { recursive: true });
  writeFileSync(stampFile(name), JSON.stringify(stamp));
}

export function isFresh(name) {
  const stamp = readStamp(name);
  if (!stamp || !existsSync(join(root, targets[name].output))) return false;
  const paths = inputs(name);
  const times = fingerprint(paths, byTimes);
  if (times === stamp.times) return true;
  if (fingerprint(paths, readFileSync) !== stamp.contents) return false;
  writeStamp(name, { ...stamp, times });
  return true;
}
