import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { CLI_COMMAND, type CliHome, makeCliHome } from './command-line.ts';

let home: CliHome;
const scripts: Record<string, string> = {};

beforeAll(async () => {
  home = await makeCliHome();
  // The command as PATH has it.
  await mkdir(join(home.path, 'bin'));
  const command = CLI_COMMAND.map((part) => `'${part}'`).join(' ');
  await writeFile(join(home.path, 'bin', 'pushboat'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  // An image in the image store, a layout that is called by its path, and a registry with a login.
  const store = join(home.path, 'store');
  await makeLayout(join(store, 'web'));
  const dataDir = join(home.path, 'home', '.local', 'share', 'pushboat');
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ imagesStoreDir: store }));
  await mkdir(join(home.path, 'home', '.docker'));
  const auths = { 'registry.example.com:5000': { auth: Buffer.from('ann:x').toString('base64') } };
  await writeFile(join(home.path, 'home', '.docker', 'config.json'), JSON.stringify({ auths }));
  await mkdir(join(home.path, 'work', 'my-layout'), { recursive: true });
  await symlink('/nowhere', join(home.path, 'work', 'my-link'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await home.cli(['completion', shell]);
    scripts[shell] = join(home.path, `completion.${shell}`);
    await writeFile(scripts[shell], stdout);
  }
});
afterAll(() => home.remove());

/** What a shell offers for a line that the cursor is at the end of. */
const offers: Record<string, (line: string) => string[]> = {
  bash: (line) => {
    const ask = `source "$0"; COMP_LINE="$1"; COMP_POINT=\${#1}; compopt() { :; }; _pushboat; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines('bash', ['--norc', '-c', ask, scripts.bash ?? '', line]);
  },
  zsh: (line) => {
    // What the completion would add is printed, since no terminal is there to complete in.
    const ask = [
      'compadd() { local a=($@); [[ $a[-2] == -a ]] && print -rl -- "${(@P)a[-1]}" }; _files() { print files }; compset() { : }; compdef() { : }',
      'source "$1"; words=(${=2}); [[ $2 == *" " ]] && words+=(""); CURRENT=$#words; _pushboat',
    ].join('\n');
    return lines('zsh', ['-f', '-c', ask, 'zsh', scripts.zsh ?? '', line]);
  },
  fish: (line) =>
    lines('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', scripts.fish ?? '', line]).map(
      (offer) => offer.split('\t')[0] ?? '',
    ),
};

function lines(shell: string, args: string[]): string[] {
  const env = { ...home.env, PATH: `${join(home.path, 'bin')}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(shell, args, { env, cwd: join(home.path, 'work'), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${shell}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

describe.each(['bash', 'zsh', 'fish'])('%s completes', (shell) => {
  const offered = (line: string): string[] => offers[shell]?.(line) ?? [];

  test('commands, options, choices and transports', () => {
    expect(offered('pushboat log')).toEqual(['login', 'logout']);
    expect(offered('pushboat push --dig')).toEqual(['--digestfile']);
    expect(offered('pushboat push --format v2').toSorted()).toEqual(['v2s1', 'v2s2']);
    expect(offered('pushboat push image oci-')).toEqual(['oci-archive:']);
  });

  test('images that are on this computer', async () => {
    // Nobody who pressed Tab waits for a slow store, so a busy computer may offer it the next time only.
    await expect.poll(() => offered('pushboat push we')).toContain('web:latest');
  });

  test('registries that are known', () => {
    expect(offered('pushboat logout regis')).toEqual(['registry.example.com:5000']);
  });

  test('what follows a colon', () => {
    const [offer] = offered('pushboat push image registry.example.com:50');
    // Bash takes the word to begin after the colon.
    expect(offer).toBe(shell === 'bash' ? '5000/' : 'registry.example.com:5000/');
  });
});

test('bash and fish complete paths, also after a transport', () => {
  expect(offers.bash?.('pushboat push oci:my-la')).toEqual(['my-layout']);
  expect(offers.fish?.('pushboat push oci:my-la')).toEqual(['oci:my-layout/']);
});

test('the manual page is what groff takes without a warning', async () => {
  const { status, stdout } = await home.cli(['man-page']);
  expect(status).toBe(0);
  const shown = spawnSync('groff', ['-man', '-Tutf8', '-P-cbou', '-ww'], { input: stdout, encoding: 'utf8' });
  expect(shown.stderr).toBe('');
  expect(shown.stdout).toContain('DESTINATION is one of:');
  // Each way to call a command is a line of its own in the synopsis.
  expect(shown.stdout).toContain('\n       pushboat push [options] --from FILE\n');
});
