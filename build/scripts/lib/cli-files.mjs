import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTargets } from './build.mjs';
import { root } from './paths.mjs';
import { targets } from './targets.mjs';

/**
 * Where the command line's further files are: the manual page and the completions, which the command line prints itself, and the
 * licences of the libraries in its bundle.
 */
export const cliFilesFolder = join(root, '.vite', 'cli-files');

/** Names in that folder. */
export const cliFiles = {
  manPage: 'pushboat.1',
  completions: { bash: 'pushboat.bash', zsh: '_pushboat', fish: 'pushboat.fish' },
  notices: 'THIRD-PARTY-NOTICES.md',
};

/** Builds the command line and makes these files. */
export async function makeCliFiles() {
  await buildTargets(['cli']);
  mkdirSync(cliFilesFolder, { recursive: true });
  write(cliFiles.manPage, printed(['man-page']));
  for (const [shell, name] of Object.entries(cliFiles.completions)) write(name, printed(['completion', shell]));
  write(cliFiles.notices, readFileSync(join(root, targets.cli.notices)));
}

/** In one step: another packaging may be reading it. */
function write(name, content) {
  const file = join(cliFilesFolder, name);
  const next = `${file}.${process.pid}`;
  writeFileSync(next, content);
  renameSync(next, file);
}

function printed(args) {
  const cli = join(root, targets.cli.output);
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    // The manual page is English, whoever makes it.
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (status !== 0) throw new Error(`pushboat ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
