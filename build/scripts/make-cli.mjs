// `npm run make:cli [-- --target SYSTEM]`: the command line as one executable file, in `out/make-cli/`.
import { join } from 'node:path';
import { ownSystem, releaseFor, systems } from '../make-cli/systems.mjs';
import { command, ensureReady } from './bootstrap.mjs';
import { makeCliFiles } from './lib/cli-files.mjs';
import { root } from './lib/paths.mjs';
import { onPath } from './lib/system-packages.mjs';

const USAGE = `usage: npm run make:cli [-- --target SYSTEM [--output FOLDER]]
SYSTEM: ${Object.keys(systems).join(', ')} (default: ${ownSystem})`;

function parse(args) {
  const options = { target: ownSystem, output: join(root, 'out', 'make-cli') };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]?.replace(/^--/, '');
    const value = args[at + 1];
    if (!Object.hasOwn(options, name) || value === undefined) throw new Error(`unknown option: ${args[at]}\n${USAGE}`);
    options[name] = value;
  }
  if (!Object.hasOwn(systems, options.target)) throw new Error(`unknown system: ${options.target}\n${USAGE}`);
  return options;
}

await command(async () => {
  const { target, output } = parse(process.argv.slice(2));
  await ensureReady();
  await makeCliFiles();
  // Loaded here: what they import is there only now.
  const { bundle, bundleFolder, makeExecutable } = await import('../make-cli/executable.mjs');
  const { hasDebianPackage, makeArchive, makeDebianPackage, noteOf } = await import('../make-cli/package.mjs');
  const release = await releaseFor(target);
  if (release !== process.versions.node) {
    console.error(`Made with Node.js ${release}, the newest of its line that npm has for ${target}.`);
  }
  await bundle();
  const executable = join(bundleFolder, target, target.startsWith('win') ? 'pushboat.exe' : 'pushboat');
  await makeExecutable(target, release, executable);
  console.log(executable);
  console.log(await makeArchive(target, release, executable, output));
  if (hasDebianPackage(target) && onPath('dpkg-deb')) {
    console.log(await makeDebianPackage(target, release, executable, output));
  }
  if (noteOf(target)) console.error(noteOf(target));
});
