import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { appCacheDir } from './settings/app-paths.ts';

// Loading its code is most of what a short command does: the engine keeps what it has compiled, so the rest is loaded after this.
enableCompileCache(join(appCacheDir(process.env, process.platform), 'v8'));
const { main } = await import('./cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
