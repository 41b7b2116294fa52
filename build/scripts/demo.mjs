// `npm run demo [-- --window]`: the main job from end to end on a registry of its own. Leaves nothing behind.
import { command, ensureReady } from './bootstrap.mjs';

await command(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--window');
  if (unknown) throw new Error(`unknown option: ${unknown}. Usage: npm run demo [-- --window]`);
  const inWindow = args.includes('--window');
  // The window's start script builds what the window needs.
  await ensureReady({ build: inWindow ? [] : ['cli'] });
  const { runDemo } = await import('./demo-run.ts');
  return runDemo({ inWindow });
});
