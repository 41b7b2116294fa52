import { enableCompileCache } from 'node:module';

// Loading its code is most of what a short command does: the engine keeps what it has compiled, so the rest is loaded after this.
enableCompileCache();
const { main } = await import('./cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
