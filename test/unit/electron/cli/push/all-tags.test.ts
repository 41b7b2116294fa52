import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planPush } from '../../../../../electron/cli/push/plan.ts';
import { findRequests } from '../../../../../electron/cli/push/requests.ts';
import type { SendOptions } from '../../../../../electron/cli/push/transfer-options.ts';
import { parseDestination } from '../../../../../electron/destinations/parse-destination.ts';
import { isExport, type JobRequest } from '../../../../../electron/transfers/types.ts';
import { canonicalReference } from '../../../../../shared/reference.ts';
import { testStores } from '../../../../fixtures/environment.ts';
import { LayoutWriter } from '../../../../fixtures/layouts.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

/** A computer without engines and stores of its own. */
const environment = {
  env: {},
  homeDir: '/nowhere',
  platform: 'win32' as const,
  uid: undefined,
  temporaryDir: tmpdir(),
};

let folder: TempDir;
let notes: string[];

beforeEach(async () => {
  folder = await makeTempDir('all-tags');
  await mkdir(join(folder.path, 'store'));
  notes = [];
});
afterEach(() => folder.remove());

async function layout(...names: (string | undefined)[][]): Promise<void> {
  const writer = await LayoutWriter.create(join(folder.path, 'app'));
  for (const [at, own] of names.entries()) {
    const image = await writer.image({ seed: `${at}` });
    for (const refName of own) writer.list(image, refName === undefined ? {} : { refName });
  }
  await writer.finish();
}

async function requests(destination?: string, options: SendOptions = {}): Promise<JobRequest[]> {
  const parse = (text: string) => parseDestination(text, environment);
  return findRequests(await planPush('app', destination, { allTags: true, ...options }, parse), {
    where: { imagesStoreDir: join(folder.path, 'store'), cwd: folder.path, ...testStores(environment) },
    parse,
    onNote: (text) => notes.push(text),
  });
}

async function plan(destination?: string): Promise<string[]> {
  return (await requests(destination)).flatMap(told);
}

function told(request: JobRequest): string[] {
  if (!isExport(request)) return [canonicalReference(request.target)];
  const { images, destination } = request;
  return images.flatMap(({ references = [] }) =>
    references.length === 0 ? [destination.text] : references.map((name) => `${destination.text} ${name}`),
  );
}

describe('--all-tags', () => {
  it('never pushes two images under one tag, and says which before anything is sent', async () => {
    await layout(['reg.example/a:latest', 'reg.example/a:1'], ['reg.example/b:latest']);
    const failure = plan('localhost:5000/all');
    await expect(failure).rejects.toMatchObject({ code: 'USAGE' });
    await expect(failure).rejects.toThrow(
      /localhost:5000\/all:latest \(oci:\S+app:reg\.example\/a:latest, oci:\S+b:latest\)/,
    );
    expect(await plan()).toEqual(['reg.example/a:latest', 'reg.example/a:1', 'reg.example/b:latest']);
  });

  it.each(['oci:/out', 'oci-archive:/out.tar'])('keeps both at %s, under their whole names', async (text) => {
    await layout(['reg.example/a:latest', 'reg.example/a:1'], ['reg.example/b:latest']);
    const glue = text.startsWith('oci:') ? ':' : ' ';
    const names = ['reg.example/a:latest', '1', 'reg.example/b:latest'];
    expect(await plan(text)).toEqual(names.map((name) => `${text}${glue}${name}`));
  });

  it('takes an image with names in two repositories as one', async () => {
    await layout(['reg.example/a:latest', 'reg.example/b:latest']);
    expect(await plan('localhost:5000/all')).toEqual(['localhost:5000/all:latest']);
    expect(await plan('docker-archive:/out.tar')).toEqual([
      'docker-archive:/out.tar reg.example/a:latest',
      'docker-archive:/out.tar reg.example/b:latest',
    ]);
  });

  it('refuses a layout that gives one whole name to two images', async () => {
    await layout(['reg.example/a:1'], ['reg.example/a:1']);
    for (const text of ['oci:/out', 'docker-archive:/out.tar', 'localhost:5000/all', undefined])
      await expect(plan(text)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(/@[0-9a-f]{12}/),
      });
  });

  it('says of nothing that goes along that it stays behind', async () => {
    const writer = await LayoutWriter.create(join(folder.path, 'app'));
    const image = await writer.image();
    const sbom = await writer.artifact({ subject: image, files: [{ content: 'sbom' }] });
    writer.list(image, { refName: '1' }).list(sbom, { refName: '1-sbom' });
    await writer.list(await writer.artifact({ subject: image })).finish();
    const behind = async (target: string): Promise<unknown> => {
      const [request] = await requests(target);
      const { openImage, along = new Set() } =
        request && isExport(request) ? request.images[0] : (request ?? expect.fail());
      return (await openImage()).companions?.(along);
    };
    expect(await behind('localhost:5000/all')).toBe(1);
    expect(await behind('oci:/out')).toBe(1);
  });

  it('says which images it leaves out because they have no tag', async () => {
    await layout(['1.0'], [undefined]);
    expect(await plan('localhost:5000/all')).toEqual(['localhost:5000/all:1.0']);
    expect(notes).toEqual([expect.stringMatching(/1 without a name there, and left out: oci:\S+app@[0-9a-f]{12}\./)]);
  });

  it('leaves out what has no name, but not what goes along with an image', async () => {
    const writer = await LayoutWriter.create(join(folder.path, 'app'));
    const image = await writer.image();
    const sbom = await writer.artifact({ subject: image });
    const other = await writer.image({ seed: 'unnamed' });
    await writer.list(image, { refName: '1' }).list(sbom).list(other).finish();
    await requests('localhost:5000/all', { referrers: true });
    expect(notes).toEqual([expect.stringMatching(/^1 without a name there/)]);
    await requests('localhost:5000/all');
    expect(notes.at(-1)).toMatch(/^2 without a name there/);
  });
});
