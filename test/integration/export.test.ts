import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blobPath, LayoutWriter, makeLayout } from '../fixtures/layouts.ts';
import { makeBuildahImage, makeBuildahIndex, pushFromBuildah, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { startRegistry } from '../registry/server.ts';
import { CLI_COMMAND, type CliHome, jsonLines, makeCliHome, startOnTerminal } from './command-line.ts';

let images: TempDir;
let image: RealImage;
let home: CliHome;

beforeAll(async () => {
  images = await makeTempDir('export-images');
  image = await makeBuildahImage(join(images.path, 'web'));
});
afterAll(() => images?.remove());
beforeEach(async () => {
  home = await makeCliHome();
});
afterEach(() => home.remove());

const at = (name: string) => join(home.path, name);

interface Inspected {
  Digest: string;
  RepoTags: string[];
  Layers: string[];
}

async function inspect(name: string): Promise<Inspected> {
  const { stdout } = await run('skopeo', ['inspect', '--no-tags', name]);
  return JSON.parse(stdout.toString()) as Inspected;
}

/** DiffIDs, as skopeo reads them. */
async function diffIds(name: string): Promise<string[]> {
  const { stdout } = await run('skopeo', ['inspect', '--config', name]);
  return (JSON.parse(stdout.toString()) as { rootfs: { diff_ids: string[] } }).rootfs.diff_ids;
}

/** A layout with two images, named 1 and 2 after the prefix. */
async function makeMany(prefix: string): Promise<void> {
  const writer = await LayoutWriter.create(at('many'));
  for (const tag of ['1', '2'])
    writer.list(await writer.image({ seed: tag, layers: 2 }), { refName: `${prefix}${tag}` });
  await writer.finish();
}

async function succeed(args: string[], cwd?: string): Promise<string> {
  const { status, stdout, stderr } = await home.cli(args, cwd === undefined ? {} : { cwd });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe('push to a destination that is no registry', () => {
  test.each([
    ['oci', (path: string) => `oci:${path}:web`],
    ['oci-archive', (path: string) => `oci-archive:${path}:web`],
    ['dir', (path: string) => `dir:${path}`],
  ])('%s: skopeo reads the image with the digest that was told', async (name, destination) => {
    const target = destination(at(name));
    expect(await succeed(['push', '-q', `oci:${image.path}`, target])).toBe(`${image.digest}\n`);
    expect((await inspect(target)).Digest).toBe(image.digest);
  });

  test('elsewhere than on a terminal there is a line for each thing that happened', async () => {
    const target = `oci:${at('lines')}:web`;
    const lines = (await succeed(['push', `oci:${image.path}`, target])).trimEnd().split('\n');
    expect(lines[0]).toMatch(/^Writing .* to oci:/);
    expect(lines.filter((line) => /layer .* written$/.test(line))).toHaveLength(3);
    expect(lines.at(-1)).toBe(`Digest: ${image.digest}`);
  });

  test('docker-archive: skopeo reads the same layers, under the name that was given', async () => {
    await succeed(['push', `oci:${image.path}`, `docker-archive:${at('a.tar')}:acme/web:1`]);
    expect(await diffIds(`docker-archive:${at('a.tar')}:acme/web:1`)).toEqual(
      await diffIds(`oci:${image.path}:${image.tag}`),
    );
  });

  test.each([
    ['docker-archive:-:acme/web:1', []],
    ['docker-archive:/dev/stdout', ['--json']],
    ['oci-archive:-', ['--quiet']],
  ])('%s is an archive and nothing else: what is said goes to standard error', async (destination, options) => {
    const writer = await LayoutWriter.create(at('long'));
    // Large enough for a line about a layer to come while the next one is written.
    await writer.list(await writer.image({ layers: 4, layerSize: 8_000_000 }), { refName: '1' }).finish();
    const through = ['sh', '-c', 'file=$1; shift; "$@" | { sleep 0.3; cat >"$file"; }', 'sh', at('web.tar')];
    const { status, stdout, stderr } = await home.cli(['push', at('long'), destination, ...options], {
      command: [...through, ...CLI_COMMAND],
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('sha256:');
    await run('tar', ['-tf', at('web.tar')]);
    const transport = destination.slice(0, destination.indexOf(':'));
    expect(await diffIds(`${transport}:${at('web.tar')}`)).toEqual(await diffIds(`oci:${at('long')}:1`));
  });

  test('an index goes whole to a layout', async () => {
    const index = await makeBuildahIndex(at('multi'));
    await succeed(['push', `oci:${index.path}`, `oci:${at('copy')}:all`]);
    const { stdout } = await run('skopeo', ['inspect', '--raw', `oci:${at('copy')}:all`]);
    expect((JSON.parse(stdout.toString()) as { manifests: unknown[] }).manifests).toHaveLength(2);
  });

  test('plain layers are compressed as they would be for a registry', async () => {
    await pushFromBuildah(`docker-archive:${at('plain.tar')}:acme/plain:1`);
    await using registry = await startRegistry({ storage: 'memory' });
    const targets = [`${registry.host}/acme/plain:1`, '--target', `oci:${at('out')}:plain`];
    const stdout = await succeed(['push', `docker-archive:${at('plain.tar')}`, ...targets, '--json']);
    const done = jsonLines(stdout).filter(({ type }) => type === 'done');
    expect(done).toHaveLength(2);
    expect(new Set(done.map(({ digest }) => digest))).toEqual(new Set([registry.tags('acme/plain').get('1')]));
    const { Digest } = await inspect(`oci:${at('out')}:plain`);
    expect(Digest).toBe(registry.tags('acme/plain').get('1'));
    expect(await diffIds(`oci:${at('out')}:plain`)).toEqual(await diffIds(`docker-archive:${at('plain.tar')}`));
  });

  test('relative paths begin at the working folder', async () => {
    await succeed(['push', `oci:${image.path}`, 'oci:here:web'], home.path);
    expect((await inspect(`oci:${at('here')}:web`)).Digest).toBe(image.digest);
  });

  test('a registry and destinations go in one command, each told by --json', async () => {
    await using registry = await startRegistry({ storage: 'memory' });
    const targets = [`oci:${at('a')}:1`, `oci:${at('a')}:2`, `oci-archive:${at('b.tar')}`];
    const more = targets.flatMap((target) => ['--target', target]);
    const stdout = await succeed(['push', `oci:${image.path}`, `${registry.host}/acme/web:1`, ...more, '--json']);
    const lines = jsonLines(stdout);
    const done = lines.filter(({ type }) => type === 'done');
    expect(done.map(({ reference }) => reference).filter(Boolean)).toEqual([`${registry.host}/acme/web:1`]);
    expect(new Set(done.map(({ destination }) => destination).filter(Boolean))).toEqual(new Set(targets));
    expect(lines.some(({ type, state }) => type === 'layer' && state === 'written')).toBe(true);
    expect(registry.tags('acme/web').get('1')).toBe(image.digest);
    for (const name of ['1', '2']) expect((await inspect(`oci:${at('a')}:${name}`)).Digest).toBe(image.digest);
  });

  test('--all-tags puts all images into one Docker archive', async () => {
    await makeMany('localhost/acme/web:');
    await succeed(['push', '--all-tags', at('many'), `docker-archive:${at('many.tar')}`]);
    for (const tag of ['1', '2']) {
      const archived = await diffIds(`docker-archive:${at('many.tar')}:localhost/acme/web:${tag}`);
      expect(archived).toEqual(await diffIds(`oci:${at('many')}:localhost/acme/web:${tag}`));
    }
  });

  test.each([
    ['adds every image to a layout under its tag', 'oci', 'copy'],
    ['puts every image into one OCI archive under its tag', 'oci-archive', 'copy.tar'],
  ])('--all-tags %s', async (_, transport, name) => {
    await makeMany('');
    await succeed(['push', '--all-tags', at('many'), `${transport}:${at(name)}`]);
    for (const tag of ['1', '2'])
      expect((await inspect(`${transport}:${at(name)}:${tag}`)).Digest).toBe(
        (await inspect(`oci:${at('many')}:${tag}`)).Digest,
      );
  });

  test('--digestfile has the digest, and --dry-run writes nothing', async () => {
    const target = `oci-archive:${at('dry.tar')}:web`;
    const stdout = await succeed(['push', `oci:${image.path}`, target, '--dry-run']);
    expect(stdout).toContain(`Would write to ${target}`);
    expect(stdout).toContain(`Digest: ${image.digest}`);
    expect(await readdir(home.path)).not.toContain('dry.tar');
    await succeed(['push', `oci:${image.path}`, target, '--digestfile', at('digest')]);
    expect(await readFile(at('digest'), 'utf8')).toBe(image.digest);
  });

  test('on a terminal there is a bar per layer and a last word with the place', async () => {
    const target = `oci:${at('bars')}:web`;
    const { status, stdout } = await startOnTerminal(home, ['push', `oci:${image.path}`, target]).ended;
    expect(status).toBe(0);
    expect(stdout).toContain('written');
    expect(stdout).toContain(`Wrote ${target} in `);
    expect(stdout).toContain(image.digest);
  });
});

describe('a destination that cannot be written', () => {
  test('is told with status 1, and nothing is left', async () => {
    await writeFile(at('file'), 'not a folder');
    const { status, stderr } = await home.cli(['push', `oci:${image.path}`, `oci:${at('file')}/layout:web`]);
    expect(status).toBe(1);
    expect(stderr).toContain(at('file'));
    expect(await readFile(at('file'), 'utf8')).toBe('not a folder');
  });

  test('because the image is damaged, keeps the archive that was there', async () => {
    const { path, image: made } = await makeLayout(at('broken'));
    const target = `oci-archive:${at('kept.tar')}:web`;
    await succeed(['push', `oci:${image.path}`, target]);
    const before = await stat(at('kept.tar'));
    const layer = made.layers[0]?.digest ?? expect.fail('no layer');
    await writeFile(blobPath(path, layer), Buffer.alloc(made.layers[0]?.size ?? 0));
    const { status, stderr } = await home.cli(['push', path, target]);
    expect(status).toBe(1);
    expect(stderr).toContain(layer);
    expect((await stat(at('kept.tar'))).mtimeMs).toBe(before.mtimeMs);
    expect((await readdir(home.path)).filter((name) => name.includes('kept'))).toEqual(['kept.tar']);
  });

  test('because Ctrl-C stops it, ends with status 130 and leaves nothing', async () => {
    const layer = { size: 80_000_000, content: 'text', compression: 'none' } as const;
    const { path } = await makeLayout(at('large'), { layers: [layer] });
    const slow = ['--compression-format', 'gzip', '--compression-level', '9'];
    const stopped = home.start(['push', path, `oci-archive:${at('stopped.tar')}:web`, ...slow]);
    await expect.poll(() => stopped.output(), { timeout: 15_000 }).toContain('compressing');
    stopped.child.kill('SIGINT');
    const { status, stderr } = await stopped.ended;
    expect({ status, isTold: stderr.includes('is as it was') }).toEqual({ status: 130, isTold: true });
    expect((await readdir(home.path)).toSorted()).toEqual(['home', 'large']);
  });

  test('because its text is wrong, with status 2', async () => {
    const { status, stdout } = await home.cli(['push', image.path, 'oci:', '--json']);
    expect({ status, type: jsonLines(stdout).at(-1)?.['type'] }).toEqual({ status: 2, type: 'error' });
  });
});
