import { enableCompileCache } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { localEnvironment } from './files/environment.ts';
import { makePrivateFolder } from './files/private.ts';
import { appCacheDir } from './settings/app-paths.ts';

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
  process.argv.slice(2),
  processIo(localEnvironment({ env: process.env, homeDir: homedir(), temporaryDir: tmpdir() })),
);
