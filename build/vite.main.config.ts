import { defineConfig, mergeConfig } from 'vite';
import { nodeBundle } from './vite.node.ts';

/** The desktop's main process: `.vite/build/main.js`, an ES module as Electron 45 loads it. */
export default defineConfig(mergeConfig(nodeBundle('main'), { build: { minify: false } }));
