import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vite';
import { asciiOnly, executable, nodeBundle } from './vite.node.ts';

const source = fileURLToPath(new URL('../electron/cli.ts', import.meta.url));
const output = fileURLToPath(new URL('../.vite/build/cli.js', import.meta.url));

/**
 * The command line: `.vite/build/cli.js`. Minified, because most of a short command's time is loading its code; for the oldest
 * Node.js that the npm package runs on.
 */
export default defineConfig(
  mergeConfig(nodeBundle('cli'), {
    plugins: [executable(source, output), asciiOnly()],
    build: { minify: true, target: 'node22' },
  }),
);
