import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The preload: `.vite/build/preload.cjs`, one CommonJS file, because a sandboxed preload can load nothing else. */
export default defineConfig({
  root: fileURLToPath(new URL('../', import.meta.url)),
  publicDir: false,
  build: {
    outDir: fileURLToPath(new URL('../.vite/build/', import.meta.url)),
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'chrome150',
    minify: false,
    sourcemap: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: fileURLToPath(new URL('../electron/preload.ts', import.meta.url)),
      external: ['electron', 'electron/renderer'],
      output: { format: 'cjs', codeSplitting: false, entryFileNames: '[name].cjs' },
    },
  },
});
