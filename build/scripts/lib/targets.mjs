/**
 * The bundles of the app: the configuration, the entry without which there is nothing to build, the folders whose files
 * go into it, the file that must exist afterwards, the folder that holds only this bundle's further files, and the licences of
 * the libraries in it.
 */
export const targets = {
  main: {
    config: 'build/vite.main.config.ts',
    entry: 'electron/main.ts',
    sources: ['electron', 'shared'],
    output: '.vite/build/main.js',
    chunks: '.vite/build/main',
  },
  preload: {
    config: 'build/vite.preload.config.ts',
    entry: 'electron/preload.ts',
    sources: ['electron/preload.ts', 'shared'],
    output: '.vite/build/preload.cjs',
  },
  cli: {
    config: 'build/vite.cli.config.ts',
    entry: 'electron/cli.ts',
    sources: ['electron', 'shared'],
    output: '.vite/build/cli.js',
    chunks: '.vite/build/cli',
    notices: '.vite/build/cli/THIRD-PARTY-NOTICES.md',
  },
  renderer: {
    config: 'build/vite.renderer.config.ts',
    entry: 'renderer/main.tsx',
    sources: ['renderer', 'shared'],
    output: '.vite/renderer/main_window/index.html',
  },
};

/** @typedef {keyof typeof targets} TargetName */

/** @returns {value is TargetName} */
export const isTarget = (value) => Object.hasOwn(targets, value);
