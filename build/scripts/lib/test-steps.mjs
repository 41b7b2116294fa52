import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildTargets } from './build.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { targets } from './targets.mjs';
import { startXvfb } from './xvfb.mjs';

/** @typedef {{ passed: number, failed: number }} Count */

const tool = (name, script) => join(root, 'node_modules', name, script);

/** One count of one: a static check passes or fails as a whole. */
const check = (name, script, args) => async () => {
  const status = await run(process.execPath, [tool(name, script), ...args], { cwd: root });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

/** @type {Record<string, { static?: true, tests?: true, run: (filters: string[]) => Promise<Count> }>} in running order */
export const steps = {
  types: { static: true, run: check('typescript', 'bin/tsc', ['--project', '.']) },
  lint: {
    static: true,
    run: check('oxlint', 'bin/oxlint', ['--config', 'build/lint/oxlint.json', '--type-aware', '--deny-warnings']),
  },
  format: {
    static: true,
    run: check('@biomejs/biome', 'bin/biome', ['format', '--config-path=build/lint', '.']),
  },
  layers: {
    static: true,
    run: check('dependency-cruiser', 'bin/dependency-cruise.mjs', [
      '--config',
      'build/lint/dependency-cruiser.cjs',
      ...['electron', 'renderer', 'shared', 'test', 'build'],
    ]),
  },
  unused: { static: true, run: check('knip', 'bin/knip.js', ['--config', 'build/lint/knip.json', '--no-progress']) },
  unit: { tests: true, run: (filters) => vitest('unit', filters) },
  build: { run: buildAll },
  integration: { tests: true, run: (filters) => vitest('integration', filters) },
  e2e: { tests: true, run: (filters) => withDisplay((env) => vitest('e2e', filters, env)) },
};

async function buildAll() {
  await buildTargets(Object.keys(targets));
  return { passed: 0, failed: 0 };
}

async function withDisplay(work) {
  if (process.platform !== 'linux') return work({});
  const xvfb = await startXvfb();
  try {
    // Nothing of the person's own session: a Wayland display would be preferred to ours.
    return await work({ DISPLAY: xvfb.display, WAYLAND_DISPLAY: '' });
  } finally {
    xvfb.stop();
  }
}

/** @returns {Promise<Count>} */
async function vitest(project, filters, env = {}) {
  const report = join(root, '.vite', 'test-reports', `${project}.json`);
  mkdirSync(join(report, '..'), { recursive: true });
  rmSync(report, { force: true });
  const args = ['run', '--config', 'build/vitest.config.ts', '--project', project];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = await run(process.execPath, [tool('vitest', 'vitest.mjs'), ...args, ...reporters, ...filters], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  return count(report, status);
}

function count(report, status) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
  const skipped = numPendingTests + numTodoTests;
  if (skipped > 0) console.log(`${skipped} skipped: a skipped test counts as failed`);
  const failed = numFailedTests + skipped;
  // A file that does not load, or an error outside of any test, fails the run without failing a test.
  return { passed: numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}
