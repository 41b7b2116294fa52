import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../../package.json';
import { makeLayout } from '../fixtures/layouts.ts';
import { startRegistry } from '../registry/server.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const system = `linux-${process.arch}`;

let home: CliHome;
let made: string[];
beforeAll(async () => {
  home = await makeCliHome();
  const output = join(home.path, 'out');
  made = read(process.execPath, [join(root, 'build/scripts/make-cli.mjs'), '--output', output])
    .trim()
    .split('\n');
});
afterAll(() => home.remove());

function read(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

test('the executable pushes without Node.js, and compresses in its threads', async () => {
  const [executable = ''] = made;
  await using registry = await startRegistry({ storage: 'memory' });
  const { path } = await makeLayout(join(home.path, 'layout'), { layers: [{ compression: 'none', size: 100_000 }] });
  const args = ['push', '--json', path, `${registry.host}/a:1`, '--compression-format', 'zstd'];
  // Nothing in PATH: no Node.js is found.
  const { status, stderr } = await home.cli(args, { command: [executable], env: { PATH: '' } });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(registry.tags('a').has('1')).toBe(true);
});

test('the executable begins its connections before it has looked for the image', async () => {
  const [executable = ''] = made;
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    socket.on('error', () => undefined).destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status } = await home.cli(['push', 'oci:not-there', `127.0.0.1:${port}/a:1`], { command: [executable] });
  server.close();
  expect(status).toBe(1);
  expect(accepted).toBeGreaterThan(1);
});

test('the archive and the Debian package hold the command, its manual page, completions and licences', () => {
  const [, archive = '', debian = ''] = made;
  const folder = `pushboat-${version}-${system}`;
  expect(
    read('tar', ['-tzf', archive])
      .trim()
      .split('\n')
      .filter((name) => !name.endsWith('/'))
      .toSorted(),
  ).toEqual(
    [
      'LICENSE',
      'LICENSE-NODEJS',
      'THIRD-PARTY-NOTICES.md',
      'completions/_pushboat',
      'completions/pushboat.bash',
      'completions/pushboat.fish',
      'man/pushboat.1',
      'pushboat',
    ].map((name) => `${folder}/${name}`),
  );
  const contents = read('dpkg-deb', ['--contents', debian]);
  expect(contents).toMatch(/-rwxr-xr-x root\/root .* \.\/usr\/bin\/pushboat\n/);
  // What Debian's policy asks of every package, besides the licence, which it has itself.
  expect(contents).toContain('./usr/share/doc/pushboat-cli/changelog.gz\n');
  const copyright = ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -xO ./usr/share/doc/pushboat-cli/copyright', debian];
  expect(read('sh', copyright)).toContain('/usr/share/common-licenses/Apache-2.0');
  expect(read('dpkg-deb', ['--field', debian, 'Maintainer'])).toMatch(/^The Pushboat authors <.*>\n$/);
  expect(read('dpkg-deb', ['--field', debian, 'Version'])).toBe(`${version}\n`);
});
