import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig, type Plugin } from 'vite';
import { asciiOnly, executable, nodeBundle } from './vite.node.ts';

const output = fileURLToPath(new URL('../.vite/build/cli.js', import.meta.url));

/**
 * The command line: `.vite/build/cli.js`, and its code beside it. Most of a short command's time is loading its code, so it is minified,
 * and made of CommonJS modules: Node.js finds and links those in less time than ES modules, and evaluates no export of its own modules
 * that nobody asked for. For the oldest Node.js that the npm package runs on.
 */
export default defineConfig(
  mergeConfig(nodeBundle('cli'), {
    plugins: [startsCommonJs('cli'), executable(output), asciiOnly()],
    build: {
      minify: true,
      target: 'node22',
      rolldownOptions: {
        output: { format: 'cjs', entryFileNames: 'cli/[name].cjs', chunkFileNames: 'cli/[name].cjs' },
      },
    },
  }),
);

/** The command itself. What lies beside it is an ES module by the project's package.json, and so is this: it hands over at once. */
function startsCommonJs(name: string): Plugin {
  const source = [
    '#!/usr/bin/env node',
    "const { createRequire } = process.getBuiltinModule('module');",
    `createRequire(import.meta.url)('./${name}/${name}.cjs');`,
    '',
  ];
  return {
    name: 'pushboat:starts-commonjs',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: `${name}.js`, source: source.join('\n') });
    },
  };
}
