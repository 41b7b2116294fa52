import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runCommandLine } from '../../../../electron/cli/program.ts';
import { joinBooleans } from '../../../../electron/cli/shared-options.ts';
import { makeLayout } from '../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';
import { makeIo } from './terminal.ts';

test.each([
  ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
  ['an unknown option', ['push', '--frobnicate', 'x'], /unknown option '--frobnicate'/],
  [
    'an option of another tool',
    ['push', 'a', 'b', '--dest-tls-verify=false'],
    /'--dest-tls-verify': did you mean --tls-verify\?$/,
  ],
  [
    'plain HTTP as oras has it',
    ['push', 'a', 'b', '--plain-http'],
    /'--plain-http': did you mean --tls-verify=false\?$/,
  ],
  [
    'a login as skopeo has it',
    ['push', 'a', 'b', '--dest-creds=ann:secret'],
    /'--dest-creds': did you mean --creds\?$/,
  ],
  ['a password as docker has it', ['login', 'r.example', '-psecret'], /'-p': did you mean --password-stdin\?$/],
  ['a command of another tool', ['copy', 'a', 'docker://r.example/b'], /unknown command 'copy': did you mean push\?$/],
  ['a flag with a word behind it', ['push', 'a', 'b', '--dry-run=client'], /'--dry-run' is given without a value$/],
  ['an option after a long dash', ['push', 'a', 'b', '—quiet'], /write --quiet with two hyphens/],
  ['an option after two dashes of a chat', ['push', 'a', 'b', '–-creds=secret'], /write --creds with two hyphens/],
  ['--sign-by of a variable that is not set', ['push', 'a', 'b', '--sign-by', ''], /expected a fingerprint/],
  ['an image behind its target', ['push', 'r.example/a', 'web.tar'], /What is pushed stands before it/],
  ['a layout as oras has it', ['push', 'oci-layout:web:1', 'r.example/b'], /is called oci: here: write oci:web:1/],
  ['an archive as syft has it', ['push', 'docker-tar:./a', 'r.example/b'], /write docker-archive:\.\/a/],
  ['a transport in capitals', ['push', 'a', 'OCI:web:1'], /OCI: is called oci: here: write oci:web:1/],
  ['a file by its address', ['push', 'file:///a/web.tar', 'r.example/b'], /its path alone: write \/a\/web\.tar/],
  ['a file behind file:', ['push', 'file:./web.tar', 'r.example/b'], /its path alone: write \.\/web\.tar/],
  ['an image of containerd', ['push', 'nerdctl:web:1', 'r.example/b'], /save web:1 with nerdctl save/],
  ['podman: as a destination', ['push', 'a', 'podman:web:1'], /containers-storage:REFERENCE, not podman:web:1/],
  ['an image as Helm has it', ['push', 'oci://r.example/a:1', 'r.example/b'], /copy docker:\/\/r\.example\/a:1 oci:/],
  ['a command that only looks like one of ours', ['pull', 'web:1'], /^unknown command 'pull'$/],
  ['a command of a group', ['registry', 'ls'], /unknown command 'ls': did you mean registry list\?$/],
  ['a login as Helm has it', ['registry', 'login', 'r.example'], /'login': did you mean login\?$/],
  ['a format of a list', ['images', '--format', 'json'], /'--format': did you mean --json\?$/],
  ['a flag of another command', ['logout', '--all'], /unknown option '--all'$/],
  ['a slip in an option', ['push', '--froms', 'x'], /unknown option '--froms': did you mean --from\?$/],
  ['--all and one platform', ['push', 'a', 'b', '--all', '--platform', 'linux/arm64'], /contradict each other/],
  ['--retry of no number', ['push', 'a', 'b', '--retry', 'often'], /expected a whole number/],
  ['no image', ['push'], /missing required argument 'image'/],
  ['too many arguments', ['push', 'a', 'b', 'c'], /too many arguments/],
  ['an option without its value', ['push', 'a', '--target'], /--target.*argument missing/],
  ['--tls-verify=maybe', ['push', 'a', 'b', '--tls-verify=maybe'], /expected true or false/],
  ['--limit-rate=fast', ['push', 'a', 'b', '--limit-rate=fast'], /expected a rate such as 500k/],
  ['--creds without a user', ['push', 'a', 'b', '--creds', ':secret'], /--creds needs USER:PASSWORD/],
  [
    '--creds without a password and nobody to ask',
    ['push', 'a', 'b', '--creds', 'ann'],
    /nobody can be asked.*--creds - /,
  ],
  ['--creds - with nothing on standard input', ['push', 'a', 'b', '--creds', '-'], /needs USER:PASSWORD on standard/],
  [
    '--creds for two registries',
    ['push', 'a', 'r.example/b', '--target', 's.example/b', '--creds', 'ann:secret'],
    /login first/,
  ],
  [
    'resolve with --creds for two registries',
    ['resolve', 'r.example/b', 's.example/b', '--creds', 'a:secret'],
    /login first/,
  ],
  ['a layout on standard input', ['push', 'oci:-', 'r.example/b'], /an archive, not a folder/],
  ['image and login on standard input', ['push', '-', 'r.example/b', '--creds', '-'], /where the image is expected/],
  ['standard input twice', ['push', '-', 'docker-archive:-', '--to', 'r.example'], /can be read once/],
  ['--to without a registry', ['push', '--to', 'r.example'], /missing required argument 'image'/],
  ['--to twice', ['push', 'a', '--to', 'r.example', '--to', 's.example'], /expected once: push to each place/],
  ['--from twice', ['push', '--from', 'a', '--from', 'b'], /expected once/],
  ['--from and images', ['push', 'a', '--from', 'list'], /not both/],
  ['--flatten alone', ['push', 'a', 'b', 'c', '--from', 'x', '--flatten'], /not both/],
  ['--keep-going and --fail-fast', ['push', 'a', '--keep-going', '--fail-fast'], /contradict each other/],
  ['--force and --no-clobber', ['push', 'a', 'b', '--force', '--no-clobber'], /contradict each other/],
  ['--receipt of an unknown kind', ['push', 'a', 'b', '--receipt', 'x.txt'], /ends in \.json, \.csv or \.md/],
  ['an image of a registry', ['push', 'docker://r.example/a', 'r.example/b'], /in a registry.*pull it first/],
  [
    'an image with an unknown scheme',
    ['push', 'https://r.example/a', 'r.example/b'],
    /has a transport that Pushboat does not know/,
  ],
  ['sif: as a destination', ['push', 'a', 'sif:x'], /cannot be written to sif:/],
  ['tarball: as a target', ['push', 'a', '--target', 'tarball:x.tar'], /cannot be written to tarball:/],
  ['docker: without slashes', ['push', 'a', 'docker:x'], /write docker:\/\//],
  ['a URL as a destination', ['push', 'a', 'https://r.example/x'], /written without https/],
  ['a path as a destination', ['push', 'a', './web'], /is a path: write oci:\.\/web/],
  ['a host and port as a destination', ['push', 'a', 'localhost:5000'], /write localhost:5000\/REPOSITORY:TAG/],
  ['an address as a target', ['push', 'a', '--target', '10.0.0.7'], /write 10\.0\.0\.7\/REPOSITORY:TAG/],
  ['a host of a company', ['push', 'a', 'reg.example.com:5000'], /names a registry and no image in it/],
  [
    'standard output twice',
    ['push', 'a', 'docker-archive:-', '--target', 'oci-archive:/dev/stdout'],
    /takes one archive: name it once/,
  ],
  ['a login in a destination', ['push', 'a', 'ann:secret@r.example/b'], /give it with --creds/],
  ['a login in a URL', ['push', 'a', 'https://ann:secret@r.example:5000/b:1'], /give it with --creds/],
  [
    'an archive that is to be made as a destination',
    ['push', 'a', 'web.tar.gz'],
    /docker-archive:web\.tar\.gz or dir:/,
  ],
  ['a file as a destination', ['push', 'a', 'package.json'], /is a file here: .*docker:\/\//],
  ['a pattern that became many files', ['push', 'a.tar', 'b.tar', 'c.tar', 'r.example/x'], /several files/],
  ['a path that no shell has completed', ['push', 'a', 'b', '--blob-cache=~/cache'], /write the whole path\.$/],
  ['--authfile of a variable that is not set', ['push', 'a', 'b', '--authfile', ''], /expected a path/],
  ['--tls-verify with another word after it', ['push', '--tls-verify', 'a', 'b', 'c'], /too many arguments/],
  ['login that is kept nowhere', ['login', 'registry.example', '--remember', 'here'], /docker-file, containers-file/],
  ['login with --password-stdin alone', ['login', 'registry.example', '--password-stdin'], /needs --username/],
  ['login with nobody to ask', ['login', 'registry.example'], /Nobody can be asked/],
  ['login with an empty password', ['login', 'r.example', '-u', 'ann', '--password-stdin'], /gave no password/],
  ['--parallel of nothing', ['push', 'a', 'b', '--parallel', '0'], /number from 1 to 64/],
  ['--chunk-size without a number', ['push', 'a', 'b', '--chunk-size', 'M'], /a size such as 16M/],
  ['content trust', ['push', 'a', 'b', '--disable-content-trust=false'], /signature of Docker Content Trust/],
  ['resolve without a reference', ['resolve'], /missing required argument 'reference'/],
  ['a scheme that is no transport', ['push', 'a', 'ostree://tmp/x'], /names no transport/],
  ['--tag without a registry', ['push', 'a', 'dir:/tmp/x', '--tag', '1'], /keeps no names/],
  [
    '--force for exports only',
    ['push', '--force', 'oci:IMAGE', 'docker-archive:/nowhere/x.tar'],
    /--force works only with registries/,
  ],
  ['all tags into one folder', ['push', '-a', 'a', 'dir:/tmp/x'], /holds one/],
])('%s is wrong usage', async (_, args, message) => {
  await using home = await makeTempDir('program');
  vi.stubEnv('HOME', home.path);
  vi.stubEnv('PUSHBOAT_DATA_DIR', home.path);
  const { path } = await makeLayout(join(home.path, 'image'));
  const { io, stdout } = makeIo();
  const error = await runCommandLine(
    args.map((each) => each.replace('IMAGE', path)),
    io,
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'USAGE', hint: 'run-help', message: expect.stringMatching(message) as string });
  expect(String(error)).not.toContain('secret');
  expect(stdout()).toBe('');
});

test.each([
  ['a port that is none', ['push', 'a', 'r.example:99999/b'], /from 1 to 65535/],
  ['a login of no host, before its password is asked for', ['login', 'bad host'], /a registry is a host name/],
  ['a login of a port that is none', ['login', 'r.example:0'], /from 1 to 65535/],
])('%s is an invalid reference', async (_, args, message) => {
  await expect(runCommandLine(args, makeIo().io)).rejects.toMatchObject({
    code: 'REF_INVALID',
    message: expect.not.stringContaining('/name') as string,
    facts: { detail: expect.stringMatching(message) as string },
  });
});

test.each([
  ['--authfile that is not there', ['push', 'a', 'r.example/b', '--authfile', '/no/such'], 'CREDENTIALS_UNREADABLE'],
  ['--authfile that is a folder', ['login', 'r.example', '--authfile', '/tmp'], 'CREDENTIALS_UNREADABLE'],
  ['--authfile that is not there', ['resolve', 'a', '--authfile', '/no/such'], 'CREDENTIALS_UNREADABLE'],
  [
    '--digestfile in no folder',
    ['push', 'a', 'r.example/b', '--digestfile', '/no/such/file'],
    'DESTINATION_UNWRITABLE',
  ],
  ['--digestfile that is a folder', ['push', 'a', 'r.example/b', '--digestfile', '/tmp'], 'DESTINATION_UNWRITABLE'],
])('%s is told before the image is looked for', async (_, args, code) => {
  await expect(runCommandLine(args, makeIo().io)).rejects.toMatchObject({ code });
});

test.each([
  [
    ['--tls-verify', 'false', 'x'],
    ['--tls-verify=false', 'x'],
  ],
  [
    ['--tls-verify', 'x'],
    ['--tls-verify=true', 'x'],
  ],
  [
    ['x', '--tls-verify'],
    ['x', '--tls-verify=true'],
  ],
  [
    ['--tls-verify=0', '1'],
    ['--tls-verify=0', '1'],
  ],
  [
    ['--', '--tls-verify', 'false'],
    ['--', '--tls-verify', 'false'],
  ],
  [
    ['--quiet=true', '--json=0', '--all-tags=T', '--creds=true', '--', '--quiet=true'],
    ['--quiet', '--all-tags', '--creds=true', '--', '--quiet=true'],
  ],
])('%j means %j', (args, joined) => {
  expect(joinBooleans(args, new Set(['--quiet', '--json', '--all-tags']))).toEqual(joined);
});

test('a path may have slashes of an address before it, and a registry may be called like a program', async () => {
  const { io } = makeIo('', { HOME: '/nowhere', PUSHBOAT_DATA_DIR: '/nowhere' });
  // The next thing that is wrong is told.
  await expect(runCommandLine(['push', 'oci:///a/web:1', 'sif:x'], io)).rejects.toThrow(/cannot be written to sif:/);
  const ofRegistry = runCommandLine(['push', 'a', 'podman:5000/web:1/'], io);
  await expect(ofRegistry).rejects.toMatchObject({ code: 'REF_INVALID' });
});

test('flags may be told to be true or false, as to programs in Go', async () => {
  const { io } = makeIo('', { HOME: '/nowhere', PUSHBOAT_DATA_DIR: '/nowhere' });
  const options = ['--all=true', '--quiet=false', '--remove-signatures=true', '--no-resume=true', '--no-clobber=0'];
  await expect(runCommandLine(['push', 'a', 'sif:x', ...options], io)).rejects.toThrow(/cannot be written to sif:/);
});

test.each([
  [{ DOCKER_CONTENT_TRUST: '1' }, [], true],
  [{ DOCKER_CONTENT_TRUST: 'yes' }, [], true],
  [{ DOCKER_CONTENT_TRUST: '1' }, ['--disable-content-trust'], false],
  [{ DOCKER_CONTENT_TRUST: '0' }, [], false],
  [{}, ['--disable-content-trust'], false],
])('with %j a push with %j is refused for its signature: %s', async (env, args, isRefused) => {
  const { io } = makeIo('', { HOME: '/nowhere', PUSHBOAT_DATA_DIR: '/nowhere', ...env });
  // Without content trust the next thing that is wrong is told.
  const words = isRefused ? /Docker Content Trust.*cosign or notation/ : /cannot be written to sif:/;
  await expect(runCommandLine(['push', 'a', 'sif:x', ...args], io)).rejects.toThrow(words);
});

test('what scripts for buildah, podman and skopeo say of retries and of all platforms is taken', async () => {
  const { io } = makeIo('', { HOME: '/nowhere', PUSHBOAT_DATA_DIR: '/nowhere' });
  const options = ['--all', '--platform=all', '--retry=3', '--retry-times', '3', '--retry-delay', '2s'];
  // The next thing that is wrong is told.
  await expect(runCommandLine(['push', 'a', 'sif:x', ...options], io)).rejects.toThrow(/cannot be written to sif:/);
});

test('no command at all prints the help and ends with status 2', async () => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine([], io)).toBe(2);
  expect(stdout()).toMatch(/^Usage: pushboat \[options\] \[command\]/);
});

const REGISTRY_OPTIONS = ['--tls-verify', '--creds', '--authfile', '--json'];

test.each(['registry', 'key'])('%s alone prints its own help, and ends with status 2', async (group) => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine([group], io)).toBe(2);
  expect(stdout()).toMatch(new RegExp(`^Usage: pushboat ${group} `));
});

test.each([
  ['', ['push', 'images', 'login', 'logout', 'resolve', 'registry', 'history', '--version', 'Exit status: 0 done']],
  ['push', [...REGISTRY_OPTIONS, '--target', '--images-store-dir', '--quiet', '--dry-run', '--digestfile']],
  ['images', ['--images-store-dir', '--json']],
  ['login', ['--username', '--password-stdin', '--authfile', '--tls-verify', '--json']],
  ['logout', ['--authfile', '--json']],
  ['resolve', REGISTRY_OPTIONS],
  [
    'registry set',
    ['--ca-file', '--plain-http', '--tls-verify', '--chunk-size', '--parallel', '--retry-for', '--json'],
  ],
])('--help of %j names every option and ends with status 0', async (command, options) => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine([...command.split(' ').filter(Boolean), '--help'], io)).toBe(0);
  expect(stdout()).toMatch(new RegExp(`^Usage: pushboat ${command}`));
  const help = stdout();
  for (const option of options) expect(help).toContain(option);
  expect(help).toContain('Exit status: 0 done, 1 failed, 2 wrong usage');
  // Every argument and option is explained on its line.
  for (const line of help.split('\n')) expect(line).not.toMatch(/^ {2}(-\S+|[a-z]+)( <\S+>)?$/);
});

test('the help of push begins with what is the push’s own, and says that a password there can be seen', async () => {
  const { io, stdout } = makeIo();
  await runCommandLine(['push', '--help'], io);
  const help = stdout();
  expect(help.indexOf('--target')).toBeLessThan(help.indexOf('--tls-verify'));
  expect(help.replaceAll(/\s+/g, ' ')).toContain('a password on the command line can be seen');
});

test('the help of push says every way to name an image', async () => {
  const { io, stdout } = makeIo();
  await runCommandLine(['push', '--help'], io);
  for (const way of ['image-store:NAME', 'PATH:@N', 'PATH@DIGEST', 'docker-daemon:REFERENCE']) {
    expect(stdout()).toContain(way);
  }
});

test('the help names the environment variables', async () => {
  const { io, stdout } = makeIo();
  await runCommandLine(['--help'], io);
  const help = stdout();
  for (const name of ['REGISTRY_AUTH_FILE', 'DOCKER_CONFIG', 'DOCKER_HOST', 'PUSHBOAT_DATA_DIR']) {
    expect(help).toContain(name);
  }
});

test('--version prints the version alone', async () => {
  const { io, stdout } = makeIo();
  expect(await runCommandLine(['--version'], io)).toBe(0);
  expect(stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('images says where it has looked when there are none', async () => {
  await using home = await makeTempDir('no-images');
  const none = join(home.path, 'none');
  const conf = join(home.path, 'storage.conf');
  const store = join(home.path, 'store');
  await mkdir(store);
  await writeFile(conf, `[storage]\ndriver = "overlay"\ngraphroot = "${none}"\nrunroot = "${none}"\n`);
  await writeFile(join(home.path, 'settings.json'), JSON.stringify({ imagesStoreDir: store }));
  const engines = { DOCKER_HOST: `unix://${none}`, CONTAINER_HOST: `unix://${none}`, CONTAINERS_STORAGE_CONF: conf };
  const printed = async (...options: string[]): Promise<string> => {
    const { io, stdout } = makeIo('', { HOME: home.path, PUSHBOAT_DATA_DIR: home.path, ...engines });
    await runCommandLine(['images', ...options], io);
    return stdout();
  };
  expect(await printed('--images-store-dir', store)).toBe(`No images in ${store}.\n`);
  expect(await printed()).toBe(`No images in ${store}, nor in Docker, Podman or Buildah as far as they run here.\n`);
});
