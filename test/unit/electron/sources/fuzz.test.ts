import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerAddress } from '../../../../electron/docker-api/endpoints.ts';
import type { LocalEnvironment } from '../../../../electron/files/environment.ts';
import { ociArchiveListing } from '../../../../electron/sources/archive/archive-files.ts';
import { Archives } from '../../../../electron/sources/archive/archives.ts';
import { dockerArchiveListing } from '../../../../electron/sources/archive/docker-archive.ts';
import { parseImageRecords, parseLayerRecords } from '../../../../electron/sources/containers-storage/records.ts';
import { storeLocation } from '../../../../electron/sources/containers-storage/storage-conf.ts';
import type { Listing } from '../../../../electron/sources/listing/listing.ts';
import { savedImage, savedList, savedMembers } from '../../../fixtures/docker-archives.ts';
import { FUZZ, handled, mutated, mutatedJson } from '../../../fixtures/fuzz.ts';
import { nastyTar } from '../../../fixtures/nasty-tar.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

let folder: TempDir;
let environment: LocalEnvironment;

beforeAll(async () => {
  folder = await makeTempDir('fuzz');
  environment = { env: {}, homeDir: folder.path, platform: 'linux', uid: 1000, temporaryDir: tmpdir() };
});
afterAll(() => folder.remove());

async function write(path: string, bytes: Uint8Array): Promise<string> {
  const full = join(folder.path, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, bytes);
  return full;
}

const STORAGE_CONF = `# A comment
[storage]
driver = "overlay"
graphroot = "$HOME/store/\\u0041"
rootless_storage_path = '/x/$UID'
[storage.options]
additionalimagestores = [ "/a", "\${XDG_DATA_HOME}/b", ]
[storage.options.overlay]
mountopt = "nodev"
numbers = { a = 1, b = [1_000, 2.5e3, 0xff], c.d = true }
`;

test('any change of storage.conf gives a place or is refused', async () => {
  await fc.assert(
    fc.asyncProperty(mutated(Buffer.from(STORAGE_CONF)), async (bytes) => {
      await write('.config/containers/storage.conf', bytes);
      const location = await handled(() => storeLocation(environment));
      if (location) expect(location.root.startsWith('/')).toBe(true);
    }),
    { ...FUZZ, numRuns: 600 },
  );
});

test('any change of Docker’s config.json and contexts gives an address or is refused', async () => {
  const id = createHash('sha256').update('far').digest('hex');
  const context = { Name: 'far', Endpoints: { docker: { Host: 'tcp://far.example:2376', SkipTLSVerify: false } } };
  const config = { currentContext: 'far', auths: { 'x.example': { auth: 'YTpi' } } };
  await fc.assert(
    fc.asyncProperty(mutatedJson(config), mutatedJson(context), fc.boolean(), async (first, second, isValid) => {
      await write('.docker/config.json', isValid ? Buffer.from(JSON.stringify(config)) : first);
      await write(`.docker/contexts/meta/${id}/meta.json`, second);
      const address = await handled(() => dockerAddress(environment));
      if (address?.kind === 'tcp') expect(address.port).toBeGreaterThan(0);
    }),
    FUZZ,
  );
});

test('any text as DOCKER_HOST is an address or refused', async () => {
  const part = fc.constantFrom('tcp', 'unix', 'ssh', '://', ':', '[', ']', '::1', '@', '/', '65536', '2375', 'h', '?');
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (host) => {
      await handled(() => dockerAddress({ ...environment, env: { DOCKER_HOST: host } }));
    }),
    FUZZ,
  );
});

test('any change of images.json and layers.json gives ids that are no paths, or is refused', async () => {
  const id = 'a'.repeat(64);
  const image = {
    id,
    names: ['x:1'],
    layer: id,
    'big-data-names': ['manifest'],
    'big-data-digests': { manifest: 'x' },
  };
  const layer = { id, parent: id, 'diff-digest': `sha256:${id}`, 'diff-size': 5, flags: { incomplete: true } };
  await fc.assert(
    fc.asyncProperty(mutatedJson([image, image]), mutatedJson([layer, layer]), async (images, layers) => {
      const records = [
        ...((await handled(() => parseImageRecords(images, 'images.json'))) ?? []),
        ...((await handled(() => parseLayerRecords(layers, 'layers.json'))) ?? []),
      ];
      for (const record of records) expect(record.id).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/);
    }),
    { ...FUZZ, numRuns: 1000 },
  );
});

/** Lists, opens and reads all that an archive has. */
async function readAll(listing: Listing): Promise<void> {
  const images = await handled(() => listing.read());
  for (const listed of images ?? []) {
    const image = await handled(() => listed.open());
    if (image) await handled(() => image.read(image.root));
  }
  listing.close?.();
}

test('any change of a saved archive, or of its manifest.json, is read or refused', async () => {
  const saved = savedImage('fuzz');
  const members = savedMembers(saved, '');
  const Layers = saved.layers.map((_, at) => `${at}/layer.tar`);
  const list = savedList([{ Config: saved.configName, RepoTags: ['a:1'], Layers }]);
  const whole = nastyTar([...members, list]);
  const document = JSON.parse(String(list.content)) as unknown;
  const archive = fc.oneof(
    mutated(whole),
    mutatedJson(document).map((content) => nastyTar([...members, { ...list, content }])),
    mutated(gzipSync(whole)),
  );
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(archive, async (bytes) => {
      const path = await write(`archives/${(turn += 1)}.tar`, bytes);
      await readAll(dockerArchiveListing(path, new Archives(environment)));
      await readAll(ociArchiveListing(path, new Archives(environment)));
    }),
    { ...FUZZ, numRuns: 300 },
  );
});
