import { expect, test, vi } from 'vitest';
import { runCommandLine } from '../../../../electron/cli/program.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';
import { makeIo } from './terminal.ts';

test.each([
  ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
  ['an unknown option', ['push', '--frobnicate', 'x'], /unknown option '--frobnicate'/],
  ['no image', ['push'], /missing required argument 'image'/],
  ['too many arguments', ['push', 'a', 'b', 'c'], /too many arguments/],
  ['an option without its value', ['push', 'a', '--target'], /--target.*argument missing/],
  ['--tls-verify=maybe', ['push', 'a', 'b', '--tls-verify=maybe'], /expected true or false/],
  ['--limit-rate=fast', ['push', 'a', 'b', '--limit-rate=fast'], /expected a rate such as 500k/],
  ['--creds without a user', ['push', 'a', 'b', '--creds', ':secret'], /--creds needs USER:PASSWORD/],
  ['--creds without a password and nobody to ask', ['push', 'a', 'b', '--creds', 'ann'], /nobody can be asked/],
  ['login without a registry', ['login'], /missing required argument 'registry'/],
  ['login that is kept nowhere', ['login', 'registry.example', '--remember', 'here'], /docker-file, containers-file/],
  ['login with --password-stdin alone', ['login', 'registry.example', '--password-stdin'], /needs --username/],
  ['login with nobody to ask', ['login', 'registry.example'], /Nobody can be asked/],
  ['login with an empty password', ['login', 'r.example', '-u', 'ann', '--password-stdin'], /gave no password/],
  ['resolve without a reference', ['resolve'], /missing required argument 'reference'/],
  ['a scheme that is no transport', ['push', 'a', 'ostree://tmp/x'], /names no transport/],
  ['--tag without a registry', ['push', 'a', 'dir:/tmp/x', '--tag', '1'], /keeps no names/],
  ['all tags into one folder', ['push', '-a', 'a', 'dir:/tmp/x'], /holds one/],
])('%s is wrong usage', async (_, args, message) => {
  await using home = await makeTempDir('program');
  vi.stubEnv('HOME', home.path);
  vi.stubEnv('PUSHBOAT_DATA_DIR', home.path);
  const { io, stdout } = makeIo();
  const error = await runCommandLine(args, io).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'USAGE', hint: 'run-help', message: expect.stringMatching(message) as string });
  expect(String(error)).not.toContain('secret');
  expect(stdout()).toBe('');
});

test('no command at all prints the help and ends with status 2', async () => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine([], io)).toBe(2);
  expect(stdout()).toMatch(/^Usage: pushboat \[options\] \[command\]/);
});

const REGISTRY_OPTIONS = ['--tls-verify', '--creds', '--authfile', '--json'];

test.each([
  ['', ['push', 'images', 'login', 'logout', 'resolve', '--version', 'Exit status: 0 done']],
  ['push', [...REGISTRY_OPTIONS, '--target', '--images-store-dir', '--quiet', '--dry-run', '--digestfile']],
  ['images', ['--images-store-dir', '--json']],
  ['login', ['--username', '--password-stdin', '--authfile', '--tls-verify', '--json']],
  ['logout', ['--authfile', '--json']],
  ['resolve', REGISTRY_OPTIONS],
])('--help of %j names every option and ends with status 0', async (command, options) => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine([...(command ? [command] : []), '--help'], io)).toBe(0);
  expect(stdout()).toMatch(new RegExp(`^Usage: pushboat ${command}`));
  for (const option of options) expect(stdout()).toContain(option);
});

test('--version prints the version alone', async () => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine(['--version'], io)).toBe(0);
  expect(stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
});
