import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that measure time or memory: nothing else runs next to them. */
const MEASURED = ['memory', 'start-time'].map((name) => `test/integration/${name}.test.ts`);

/**
 * Files that take longest, in the order of that. They begin first: where one of them came last, one processor would have nothing to do meanwhile.
 * Without the durations of an earlier run, as on a new checkout, Vitest takes the size of a file for its duration.
 */
const LONGEST = [
  ...[
    'resume',
    'accessibility',
    'closing',
    'main-job',
    'shell',
    'many-archives',
    'export',
    'keyboard-filled',
    'signing',
  ].map((name) => `test/e2e/${name}.test.ts`),
  ...[
    'cli-output',
    'command-line',
    'chaos',
    'compression',
    'bad-input',
    'own-stores',
    'bench',
    'push-real',
    'archives',
    'formats',
    'kill-resume',
    'destinations',
    'export',
    'problems',
    'faults/statuses',
    'policies',
    'networks/proxies',
  ].map((name) => `test/integration/${name}.test.ts`),
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => LONGEST.indexOf(relative(root, moduleId));
    const [known, others] = [sorted.filter((file) => place(file) >= 0), sorted.filter((file) => place(file) < 0)];
    return [...known.toSorted((a, b) => place(a) - place(b)), ...others];
  }
}

const root = fileURLToPath(new URL('../', import.meta.url));

/** Tests that put something in the place of a module: it must not have been loaded for an earlier test. */
const REPLACING_MODULES = readdirSync(join(root, 'test/unit'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => join('test/unit', path))
  .filter((path) => readFileSync(join(root, path), 'utf8').includes('vi.mock('));

/** For images that take seconds to make, and that many files use. */
const RUN_FOLDER = 'test/fixtures/run-folder.ts';

/** More than a build server has processors, for all tests wait now and then: for a timer, a process, a registry. */
const WORKERS = 3;

/** No test is about this: it only has to end what hangs, on a busy machine, too. */
const NEVER_HANGS = { testTimeout: 60_000, hookTimeout: 60_000 };

/**
 * `unit` and `isolated` need nothing, `integration` and `measured` need the real tools (registry, skopeo, buildah, …), `e2e` needs
 * Xvfb and the built app. Only `measured` runs one file at a time.
 */
export default defineConfig({
  root,
  test: {
    watch: false,
    allowOnly: false,
    passWithNoTests: false,
    dangerouslyIgnoreUnhandledErrors: false,
    // What comes about sooner or later comes later on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: ['test/unit/renderer/**', ...REPLACING_MODULES],
          // Loading the same modules for each file again would be half of the processor time.
          isolate: false,
          maxWorkers: WORKERS,
          ...NEVER_HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: 'isolated',
          // The page's stores are modules: each file gets its own.
          include: ['test/unit/renderer/**/*.test.{ts,tsx}', ...REPLACING_MODULES],
          maxWorkers: WORKERS,
          ...NEVER_HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: MEASURED,
          globalSetup: RUN_FOLDER,
          maxWorkers: WORKERS,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'measured',
          include: MEASURED,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: RUN_FOLDER,
          // Each window has a display of its own, so that none takes the other's focus. Browsers compute more than they wait.
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
