import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildTargets } from './build.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { targets } from './targets.mjs';

/** @typedef {{ passed: number, failed: number, failures?: string[] }} Count with a line for each test that failed */

const tool = (script) => join(root, 'node_modules', script);

/** A static check passes or fails as a whole, and counts as one. */
const check =
  (script, args, nodeArgs = []) =>
  async () => {
    const status = await run(process.execPath, [...nodeArgs, tool(script), ...args], { cwd: root });
    return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  };

const layers = ['--config', 'build/lint/dependency-cruiser.cjs', 'electron', 'renderer', 'shared', 'test', 'build'];

/** @type {Record<string, { filtered?: true, run: (filters: string[]) => Promise<Count> }>} in running order */
export const steps = {
  types: { run: check('typescript/bin/tsc', ['--project', '.']) },
  lint: { run: check('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']) },
  format: { run: check('@biomejs/biome/bin/biome', ['check', '.']) },
  layers: {
    run: check('dependency-cruiser/bin/dependency-cruiser.mjs', layers, ['--import', './build/lint/typescript-6.mjs']),
  },
  unused: { run: check('knip/bin/knip.js', ['--config', 'build/lint/knip.json', '--no-progress']) },
  unit: { filtered: true, run: (filters) => vitest(['unit', 'isolated'], filters) },
  build: { run: buildAll },
  integration: { filtered: true, run: integration },
  e2e: { filtered: true, run: (filters) => vitest(['e2e'], filters, ownDisplay) },
};

async function buildAll() {
  await buildTargets(Object.keys(targets));
  return { passed: 0, failed: 0 };
}

/** What may run side by side, then what must not. Filters may be about one of them only. */
async function integration(filters) {
  const sum = { passed: 0, failed: 0, failures: [] };
  const matched = filters.filter((filter) => !filter.startsWith('-'));
  const extra = matched.length > 0 ? ['--passWithNoTests'] : [];
  for (const project of ['integration', 'measured']) {
    const { passed, failed, failures } = await vitest([project], [...filters, ...extra]);
    sum.passed += passed;
    sum.failed += failed;
    sum.failures.push(...failures);
  }
  return sum.passed + sum.failed > 0 ? sum : { passed: 0, failed: 1 };
}

/** Nothing of the person's own session: each window of the tests starts a display where there is none. */
const ownDisplay = process.platform === 'linux' ? { DISPLAY: '', WAYLAND_DISPLAY: '' } : {};

/** @returns {Promise<Count>} */
async function vitest(projects, filters, env = {}) {
  const report = join(root, '.vite', 'test-reports', `${projects[0]}.json`);
  mkdirSync(join(report, '..'), { recursive: true });
  rmSync(report, { force: true });
  const args = [
    'run',
    '--config',
    'build/vitest.config.ts',
    ...projects.map((name) => `--project=${name}`),
    ...filters,
  ];
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
  const status = await run(process.execPath, [tool('vitest/vitest.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  // Asking for tests by name leaves the others out on purpose.
  const byName = filters.some((filter) => filter === '-t' || filter.startsWith('--testNamePattern'));
  return count(report, status, byName);
}

function count(report, status, maySkip) {
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: ['the tests did not run to their end'] };
  const { numPassedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const skipped = maySkip ? 0 : numPendingTests + numTodoTests;
  const failures = testResults.flatMap(describeFailures);
  if (skipped > 0) failures.push(`${skipped} skipped: a skipped test counts as failed`);
  // An error outside of any test fails the run without failing a test.
  if (failures.length === 0 && status !== 0) failures.push('an error outside of the tests: see above');
  return { passed: numPassedTests, failed: failures.length + Math.max(0, skipped - 1), failures };
}

function describeFailures({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  // A file that does not load has no tests.
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map((test) => `${file}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
}

const firstLine = (text) => (text ?? '').split('\n', 1)[0];
