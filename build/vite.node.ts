import { chmod, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * What the bundles that run in Node (the main process and the command line) have in common. Dependencies are bundled,
 * because Forge packages nothing but `.vite` (electron/forge#3738); only `electron` and Node's own modules stay outside.
 * Built as server bundles: Vite then resolves for Node and leaves `import.meta.url` and workers as they are.
 */
export function nodeBundle(name: 'main' | 'cli'): UserConfig {
  return {
    root,
    publicDir: false,
    resolve: { alias: [{ find: /^undici$/, replacement: fileURLToPath(new URL('undici-core.mjs', import.meta.url)) }] },
    ssr: { target: 'node', noExternal: true, external: ['electron'] },
    build: {
      ssr: true,
      // Set, so that Forge's plugin does not turn the entry into a CommonJS library.
      lib: false,
      outDir: fileURLToPath(new URL('../.vite/build/', import.meta.url)),
      // The bundles share one folder.
      emptyOutDir: false,
      target: 'node24',
      sourcemap: true,
      reportCompressedSize: false,
      rolldownOptions: {
        input: { [name]: fileURLToPath(new URL(`../electron/${name}.ts`, import.meta.url)) },
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: `${name}/[name].js`,
          assetFileNames: `${name}/[name]-[hash][extname]`,
        },
      },
    },
  };
}

/** Makes the entry a command: a `#!` line when its source has none, and the executable bit. */
export function executable(source: string, output: string): Plugin {
  return {
    name: 'pushboat:executable',
    apply: 'build',
    async config() {
      const hasHashbang = await readFile(source, 'utf8').then((text) => text.startsWith('#!'));
      const banner = (chunk: { isEntry: boolean }) => (chunk.isEntry ? '#!/usr/bin/env node' : '');
      return hasHashbang ? {} : { build: { rolldownOptions: { output: { banner } } } };
    },
    async writeBundle() {
      await chmod(output, 0o755);
    },
  };
}
