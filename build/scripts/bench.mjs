// `npm run bench [-- --rounds N --only NAME,NAME --quick --json FILE]`: our command line against every pusher found here.
import { command, ensureReady } from './bootstrap.mjs';

await command(async () => {
  // What cannot be installed is said by the benchmark itself: it needs only a part of it.
  await ensureReady({ build: ['cli'], systemPackages: ['tests'] });
  const { runBench } = await import('../bench/run-bench.ts');
  return runBench(process.argv.slice(2));
});
