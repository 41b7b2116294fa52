import { enableCompileCache } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { startEarly } from './cli/early-start.ts';
import { localEnvironment } from './files/environment.ts';
import { makePrivateFolder } from './files/private.ts';
import { appCacheDir } from './settings/app-paths.ts';

const args = process.argv.slice(2);
// A registry far away needs two round trips before the first request: they pass while the code is loaded.
const early = startEarly(args, process.env, process.platform);
// undici parses HTTP in WebAssembly. Of its two compilers the slow one would still be at it long after a short command has ended,
// which waits for it.
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
// Loading its code is most of what a short command does: the engine keeps what it has compiled, so the rest is loaded after this.
const cacheDir = appCacheDir(process.env, process.platform);
try {
  makePrivateFolder(cacheDir);
  enableCompileCache(join(cacheDir, 'v8'));
} catch {
  // Where nothing can be kept it is compiled each time.
}
const [{ main }, { processIo }] = await Promise.all([import('./cli/main.ts'), import('./cli/io.ts')]);
process.exitCode = await main(
  args,
  processIo(localEnvironment({ env: process.env, homeDir: homedir(), temporaryDir: tmpdir() }), early),
);
early?.end();
