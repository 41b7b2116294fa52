import { fileURLToPath } from 'node:url';
import { build, defineConfig, mergeConfig, type Plugin } from 'vite';
import { asciiOnly, nodeBundle } from './vite.node.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * The command line in one CommonJS file, as a single executable takes it: `.vite/executable/pushboat.cjs`.
 * https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */
export default defineConfig(
  mergeConfig(nodeBundle('cli'), {
    plugins: [workersInside(), asciiOnly()],
    build: {
      minify: true,
      sourcemap: false,
      outDir: file('../.vite/executable/'),
      rolldownOptions: {
        input: { cli: file('make-cli/entry.ts') },
        output: { format: 'cjs', codeSplitting: false, entryFileNames: 'pushboat.cjs' },
      },
    },
  }),
);

/** A worker has no file of its own there: its bundle is the address it is started from. */
function workersInside(): Plugin {
  const workerUrl = /new URL\(\s*['"]\.\/([^'"]*-worker\.ts)['"],\s*import\.meta\.url\s*\)/g;
  return {
    name: 'pushboat:workers-inside',
    apply: 'build',
    enforce: 'pre',
    async transform(code, id) {
      if (!code.includes('-worker.ts')) return null;
      const bundles = new Map<string, string>();
      for (const [whole, name = ''] of code.matchAll(workerUrl)) {
        bundles.set(whole, await bundled(fileURLToPath(new URL(name, `file://${id}`))));
      }
      let inside = code;
      for (const [whole, bundle] of bundles) {
        inside = inside.replace(
          whole,
          () => `new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(bundle)}`)})`,
        );
      }
      return { code: inside, map: null };
    },
  };
}

/** The text of a worker with all that it imports, as an ES module. */
async function bundled(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { target: 'node', noExternal: true },
    build: {
      ssr: true,
      write: false,
      minify: true,
      target: 'node24',
      rolldownOptions: { input: { worker: entry }, output: { format: 'es', codeSplitting: false } },
    },
  });
  if (!('output' in result)) throw new Error(`${entry} was not bundled`);
  return result.output[0].code;
}
