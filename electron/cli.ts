import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { startCommandLine } from './cli/start.ts';
import { makePrivateFolder } from './files/private.ts';
import { appCacheDir } from './settings/app-paths.ts';

void startCommandLine(process.argv.slice(2), () => {
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
}).then((status) => {
  process.exitCode = status;
});
