import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Files that measure time or memory, or that build what other tests run: nothing else runs next to them. */
const MEASURED = ['bench', 'command-line', 'executable', 'memory', 'npm-package', 'packaging'].map(
  (name) => `test/integration/${name}.test.ts`,
);

/**
 * `unit` needs nothing, `integration` and `measured` need the real tools (registry, skopeo, buildah, …), `e2e` needs a display
 * and the built app. The last two run one file at a time.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../', import.meta.url)),
  test: {
    watch: false,
    allowOnly: false,
    passWithNoTests: false,
    dangerouslyIgnoreUnhandledErrors: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          maxWorkers: 2,
          // No test is about this: it only has to end what hangs, on a busy machine, too.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: MEASURED,
          // They wait more than they compute.
          maxWorkers: 2,
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
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
