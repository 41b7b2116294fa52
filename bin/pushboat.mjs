#!/usr/bin/env node
// The command of the npm package, and of a clone that is installed with `npm install -g .`. An older Node.js must be able to
// read this file to say what is missing, so it uses nothing new, and the rest is loaded afterwards.
import { existsSync } from 'fs';

const OLDEST = [22, 13];
const clone = new URL('../build/scripts/pushboat.mjs', import.meta.url);

function isTooOld() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function start() {
  // Built when its sources have changed, and run by the Node.js that the clone brings.
  if (existsSync(clone)) return import(clone.href);
  if (isTooOld()) {
    console.error(
      `pushboat needs Node.js ${OLDEST.join('.')} or newer. This is ${process.versions.node} (${process.execPath}).`,
    );
    process.exitCode = 1;
    return undefined;
  }
  // Node.js 22 says on standard error that its SQLite is experimental; Pushboat uses nothing of it that has changed since.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    if (!/SQLite is an experimental/.test(String(warning))) emitWarning(warning, ...rest);
  };
  return import('../.vite/build/cli.js');
}

// Not awaited here: Node.js 12, which some systems still have, could not read that.
void start();
