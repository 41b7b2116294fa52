import { chmod } from 'node:fs/promises';
import { dirname, posix, resolve } from 'node:path';
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
    resolve: { alias: [{ find: /^undici$/, replacement: ownFile('undici/core.mjs') }] },
    plugins: [leanUndici(), leanCommander(), workerFiles()],
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
      // The licences of what is in the bundle, which MIT, ISC and Apache ask to be handed on.
      license: { fileName: `${name}/THIRD-PARTY-NOTICES.md` },
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

function ownFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Replaces what undici's core would load and never use here; the files in `undici/` say why. */
function leanUndici(): Plugin {
  const replaced = new Map([
    ['node:http', ownFile('undici/http.cjs')],
    ['node:assert', ownFile('undici/assert.cjs')],
    ['./client-h2.js', ownFile('undici/client-h2.cjs')],
    ['./parser-h1.js', ownFile('undici/milo.cjs')],
    ['../web/fetch/body.js', ownFile('undici/form-data.cjs')],
    ['../web/fetch/formdata', ownFile('undici/form-data.cjs')],
    ['../web/webidl', ownFile('undici/form-data.cjs')],
  ]);
  return {
    name: 'pushboat:lean-undici',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      return importer?.includes('/node_modules/undici/lib/') ? replaced.get(source) : undefined;
    },
  };
}

/** commander can start programs that stand for commands; none does here, so what starts programs is not loaded for it. */
function leanCommander(): Plugin {
  return {
    name: 'pushboat:lean-commander',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      const isIts = source === 'node:child_process' && importer?.includes('/node_modules/commander/');
      return isIts ? ownFile('commander/child-process.mjs') : undefined;
    },
  };
}

/** Stands for a bundle's place until the names of all files are known. */
const PLACE = 'pushboat-worker-';

/**
 * Bundles what `new Worker(new URL('./name.ts', import.meta.url))` names, and puts the bundle's place there. Vite does so for pages
 * only.
 */
function workerFiles(): Plugin {
  const workerUrl = /new URL\(\s*['"](\.[^'"]*-worker\.ts)['"],\s*import\.meta\.url\s*\)/g;
  return {
    name: 'pushboat:workers',
    apply: 'build',
    transform(code, id) {
      if (!code.includes('-worker.ts')) return null;
      const named = code.replace(workerUrl, (_url, file: string) => {
        const reference = this.emitFile({ type: 'chunk', id: resolve(dirname(id), file) });
        return `new URL('${PLACE}${reference}', import.meta.url)`;
      });
      return { code: named, map: null };
    },
    renderChunk(code, { fileName }) {
      if (!code.includes(PLACE)) return null;
      const placed = code.replace(new RegExp(`${PLACE}([\\w$]+)`, 'g'), (_place, reference: string) => {
        return `./${posix.relative(posix.dirname(fileName), this.getFileName(reference))}`;
      });
      return { code: placed, map: null };
    },
  };
}

/**
 * Writes what is not ASCII as escapes: Node.js decodes a file with any other character as a whole, and keeps twice the bytes of it. For
 * minified code, which has no comments and no names of that kind.
 */
export function asciiOnly(): Plugin {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'pushboat:ascii-only',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        // Without the u flag: by UTF-16 units, as JavaScript's escapes are.
        if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

/** Makes a file a command. */
export function executable(output: string): Plugin {
  return {
    name: 'pushboat:executable',
    apply: 'build',
    async writeBundle() {
      await chmod(output, 0o755);
    },
  };
}
