import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('../renderer/', import.meta.url));

/** The window's page. Everything is a file of its own origin: the page's CSP allows no inline script, style or font. */
export default defineConfig({
  root,
  base: './',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: fileURLToPath(new URL('../.vite/renderer/main_window/', import.meta.url)),
    emptyOutDir: true,
    license: { fileName: 'THIRD-PARTY-NOTICES.md' },
    // Electron 45 carries Chromium 156; nothing older ever loads this page.
    target: 'chrome150',
    cssTarget: 'chrome150',
    assetsInlineLimit: 0,
    // Read from the disk, not over a network.
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
});
