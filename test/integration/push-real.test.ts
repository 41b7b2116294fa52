import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates, writeCertDir } from '../fixtures/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeBuildahImage, makeBuildahIndex, makeUmociImage, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { digestOf } from '../registry/blob-store.ts';
import { type CliHome, jsonLines, makeCliHome } from './command-line.ts';

const USER = 'ann';
const PASSWORD = 'pass: word';
const CREDS = `--creds=${USER}:${PASSWORD}`;

let folder: TempDir;
let certDir: string;
let registry: DockerRegistry;
let image: RealImage;
let home: CliHome;
/** What makes the command line trust the test registry. */
let trust: Record<string, string>;

beforeAll(async () => {
  folder = await makeTempDir('push-real');
  [registry, image, certDir] = await Promise.all([
    startDockerRegistry({ tls: true, htpasswd: { user: USER, password: PASSWORD } }),
    makeBuildahImage(join(folder.path, 'buildah')),
    makeCertificates().then((certificates) => writeCertDir(join(folder.path, 'certs'), certificates)),
  ]);
  trust = { NODE_EXTRA_CA_CERTS: registry.caFile ?? '' };
});

afterAll(async () => {
  await registry.stop();
  await folder.remove();
});

beforeEach(async () => {
  home = await makeCliHome();
});

afterEach(async () => {
  await home.remove();
});

/** The raw bytes under a name: `docker://…` with the login, or `oci:…`. */
async function raw(name: string): Promise<Buffer> {
  const access = name.startsWith('docker:') ? ['--cert-dir', certDir, '--creds', `${USER}:${PASSWORD}`] : [];
  return (await run('skopeo', ['inspect', '--raw', ...access, name])).stdout;
}

/** Whether the registry keeps anything at all of a repository, be it a piece of a blob. */
function isStored(repository: string): Promise<boolean> {
  return stat(join(registry.storageDir, 'docker/registry/v2/repositories', repository)).then(
    () => true,
    () => false,
  );
}

/** `auths` of Docker's and containers' files. */
function auths(username: string, password: string): string {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return JSON.stringify({ auths: { [registry.host]: { auth } } });
}

async function writeLogin(path: string, content: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

describe('an image that other tools made', () => {
  test('arrives with the same bytes and digest, over verified TLS with a password', async () => {
    const target = `${registry.host}/real/buildah:1`;
    const { status, stdout, stderr } = await home.cli(['push', image.path, target, CREDS], { env: trust });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Pushing .* to ${target}\n`));
    expect(stdout.endsWith(`\nDigest: ${image.digest}\n`)).toBe(true);
    const pushed = await raw(`docker://${target}`);
    expect(pushed.equals(await raw(`oci:${image.path}:${image.tag}`))).toBe(true);
    expect(digestOf(pushed)).toBe(image.digest);
    // Whole: every layer can be fetched again, by a tool that checks each digest.
    const copy = join(folder.path, 'copy');
    const access = ['--src-cert-dir', certDir, '--src-creds', `${USER}:${PASSWORD}`];
    await run('skopeo', ['--insecure-policy', 'copy', ...access, `docker://${target}`, `oci:${copy}:1`]);
    expect(digestOf(await raw(`oci:${copy}:1`))).toBe(image.digest);
  });

  test('is pushed a second time without sending anything', async () => {
    const args = ['push', image.path, `${registry.host}/real/twice:1`, CREDS];
    expect((await home.cli(args, { env: trust })).status).toBe(0);
    const again = await home.cli([...args, '--json'], { env: trust });
    expect(jsonLines(again.stdout).at(-1)).toMatchObject({ type: 'done', unchanged: true, bytesSent: 0 });
  });

  test('may be an index of several platforms, and stays it', async () => {
    const multi = await makeBuildahIndex(join(folder.path, 'multi'));
    const target = `${registry.host}/real/multi:1`;
    const { status, stderr } = await home.cli(['push', multi.path, target, CREDS], { env: trust });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const pushed = await raw(`docker://${target}`);
    expect(digestOf(pushed)).toBe(multi.digest);
    const { manifests } = JSON.parse(pushed.toString('utf8')) as { manifests: { digest: string }[] };
    expect(manifests).toHaveLength(2);
    for (const { digest } of manifests) {
      expect(digestOf(await raw(`docker://${registry.host}/real/multi@${digest}`))).toBe(digest);
    }
  });

  test('may come from umoci, by its name in the layout and with --tls-verify=false', async () => {
    const umoci = await makeUmociImage(join(folder.path, 'umoci'), 'v1');
    const target = `${registry.host}/real/umoci:1`;
    const args = ['push', `oci:${umoci.path}:v1`, `docker://${target}`, '--tls-verify=false', CREDS];
    const { status, stderr } = await home.cli(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(digestOf(await raw(`docker://${target}`))).toBe(umoci.digest);
  });

  test('is refused to a registry whose certificate nobody vouches for, with the way to trust it', async () => {
    const { status, stderr } = await home.cli(['push', image.path, `${registry.host}/real/untrusted:1`, CREDS]);
    expect(status).toBe(1);
    expect(stderr).toContain('a certificate that is not trusted');
    expect(stderr).toContain('--tls-verify=false');
    expect(await isStored('real/untrusted')).toBe(false);
  });
});

describe('logins', () => {
  const push = (repository: string, more: string[] = [], env: Record<string, string> = {}) =>
    home.cli(['push', image.path, `${registry.host}/${repository}:1`, ...more], { env: { ...trust, ...env } });

  test('without one the push ends with status 3 and UNAUTHORIZED, and nothing is pushed', async () => {
    const { status, stdout } = await push('logins/none', ['--json']);
    expect(status).toBe(3);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'error', code: 'UNAUTHORIZED', status: 401, login: null });
    const plain = await push('logins/none');
    expect(plain.status).toBe(3);
    expect(plain.stderr).toContain('No login was found for this registry.');
    expect(await isStored('logins/none')).toBe(false);
  });

  test('a wrong password ends with status 3, says who was tried, and never shows the password', async () => {
    const { status, stdout, stderr } = await push('logins/wrong', ['--creds', `${USER}:not-the-password`]);
    expect(status).toBe(3);
    expect(stderr).toContain(`did not accept the login of ${USER}`);
    expect(stderr).toContain('from the command line');
    expect(stdout + stderr).not.toContain('not-the-password');
    expect(await isStored('logins/wrong')).toBe(false);
  });

  test('login keeps what the registry accepted for the next push, and logout removes it', async () => {
    const login = ['login', registry.host, '-u', USER, '--password-stdin'];
    const refused = await home.cli(login, { env: trust, input: 'wrong\n' });
    expect(refused.status).toBe(3);
    const kept = await home.cli(login, { env: trust, input: `${PASSWORD}\n` });
    const file = join(home.path, 'home/.docker/config.json');
    expect({ status: kept.status, stdout: kept.stdout }).toEqual({
      status: 0,
      stdout: `Signed in to ${registry.host} as ${USER}; kept in ${file}.\n`,
    });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(auths(USER, PASSWORD)));
    expect((await push('logins/kept')).status).toBe(0);
    expect(await isStored('logins/kept')).toBe(true);
    // Another tool finds it, too.
    const reference = `docker://${registry.host}/logins/kept:1`;
    await run('skopeo', ['inspect', '--raw', '--authfile', file, '--cert-dir', certDir, reference]);
    const resolved = await home.cli(['resolve', '--json', `${registry.host}/logins/kept:1`]);
    expect(jsonLines(resolved.stdout)[0]).toMatchObject({ login: { username: USER, origin: file } });
    const out = await home.cli(['logout', registry.host]);
    expect(out.stdout).toBe(`Removed the login of ${USER} for ${registry.host} from ${file}.\n`);
    expect((await push('logins/gone')).status).toBe(3);
    expect((await home.cli(['logout', registry.host])).stdout).toBe(`There was no login for ${registry.host}.\n`);
  });

  test('login --authfile keeps it in that file only', async () => {
    const file = join(home.path, 'own.json');
    const args = ['login', registry.host, '-u', USER, '--password-stdin', '--authfile', file, '--json'];
    const { status, stdout } = await home.cli(args, { env: trust, input: PASSWORD });
    expect(status).toBe(0);
    expect(jsonLines(stdout)).toEqual([
      expect.objectContaining({ type: 'login', registry: registry.host, username: USER }),
    ]);
    expect(stdout).not.toContain(PASSWORD);
    expect((await push('logins/file')).status).toBe(3);
    expect((await push('logins/file', ['--authfile', file])).status).toBe(0);
  });

  test.each([
    ['Docker’s config.json in its own folder', 'docker/config.json', { DOCKER_CONFIG: 'docker' }],
    ['Docker’s config.json at home', 'home/.docker/config.json', {}],
    ['the auth.json of containers tools at home', 'home/.config/containers/auth.json', {}],
    ['the auth.json of the runtime folder', 'run/containers/auth.json', { XDG_RUNTIME_DIR: 'run' }],
    ['the file that REGISTRY_AUTH_FILE names', 'named.json', { REGISTRY_AUTH_FILE: 'named.json' }],
  ])('a login of %s is used', async (_, path, variables) => {
    await writeLogin(join(home.path, path), auths(USER, PASSWORD));
    const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, join(home.path, value)]));
    expect(await push('logins/found', ['--quiet'], env)).toMatchObject({ status: 0, stdout: `${image.digest}\n` });
    await rm(join(home.path, path));
    expect((await push('logins/found', [], env)).status).toBe(3);
  });

  test('the login of the image-store tool is used', async () => {
    const imageStoreAuthFile = await writeLogin(
      join(home.path, 'auth.json'),
      JSON.stringify({ registries: { [registry.host]: { username: USER, password: PASSWORD } } }),
    );
    const reference = `${registry.host}/logins/store:1`;
    const options = { env: trust, imageStoreAuthFile };
    const resolved = await home.cli(['resolve', '--json', reference], options);
    expect(jsonLines(resolved.stdout)[0]).toMatchObject({
      login: { username: USER, origin: '/var/lib/ar/auth.json' },
    });
    const pushed = await home.cli(['push', image.path, reference, '--quiet'], options);
    expect(pushed).toMatchObject({ status: 0, stdout: `${image.digest}\n`, stderr: '' });
  });
});
