import { expect, test } from 'vitest';
import { OciLayoutSource } from '../../../../../electron/sources/oci-layout/layout-listing.ts';
import { parseReference } from '../../../../../shared/reference.ts';
import { LayoutWriter, type WrittenImage } from '../../../../fixtures/layouts.ts';
import { makePusher } from '../harness.ts';
import { makePushRig } from './rig.ts';

const rig = makePushRig();

const COUNT = 30;
const BASE = [1, 2, 3].map((number) => ({ seed: `base ${number}`, size: 64 * 1024 }));
const OWN_SIZE = 1024;
/** A HEAD of the tag, and of the manifest; for each of the four layers and the config a mount or an upload of two requests; the manifest. */
const MOST_REQUESTS = 13;

/** A layout of images that have all layers but one in common, and the bytes of all distinct blobs and manifests in it. */
async function imagesOnOneBase(): Promise<{ layout: string; distinct: number }> {
  const writer = await LayoutWriter.create(rig.path('layout'));
  const images: WrittenImage[] = [];
  for (let number = 0; number < COUNT; number++) {
    const image = await writer.image({
      seed: `${number}`,
      layers: [...BASE, { seed: `own ${number}`, size: OWN_SIZE }],
    });
    writer.list(image, { refName: `app-${number}` });
    images.push(image);
  }
  const blobs = images.flatMap((image) => [image, image.config, ...image.layers]);
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  return { layout: await writer.finish(), distinct: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

const REPOSITORY_EACH = (name: string): string => rig.target(`acme/${name}:1`);
const ONE_REPOSITORY = (name: string): string => rig.target(`acme/all:${name}`);

/** Pushes all images of the layout together. */
async function pushAll(layout: string, targetOf: (name: string) => string): Promise<Set<string>> {
  const source = new OciLayoutSource(layout);
  const images = await Array.fromAsync(source.list());
  await using pusher = makePusher();
  const ids = images.map(({ id, name, references: [tag = ''] }) =>
    pusher.service.start({
      imageId: id,
      imageName: name,
      openImage: () => source.open(id),
      target: parseReference(targetOf(tag)),
      options: {},
      group: 'all',
    }),
  );
  const settled = await Promise.all(ids.map((id) => pusher.service.settled(id)));
  return new Set(settled.map(({ job }) => job.state));
}

test('many images of one base cost its bytes once, and a few requests each', async () => {
  const { layout, distinct } = await imagesOnOneBase();
  expect(await pushAll(layout, REPOSITORY_EACH)).toEqual(new Set(['done']));
  const { requests } = rig.registry;
  const sent = requests.reduce((sum, { received }) => sum + received, 0);
  // Jobs that begin together may each send one base layer before another has it to be mounted from.
  expect(sent / distinct).toBeLessThan(1.05);
  expect(requests.length / COUNT).toBeLessThan(MOST_REQUESTS);
});

test('the base is asked for once where many images that are pushed together go to one repository', async () => {
  const { layout } = await imagesOnOneBase();
  expect(await pushAll(layout, ONE_REPOSITORY)).toEqual(new Set(['done']));
  const asked = rig.registry.requests.filter(({ method, path }) => method === 'HEAD' && path.includes('/blobs/'));
  // Each image has a config and a layer of its own; the jobs that begin together may all ask for the base.
  expect(asked.length).toBeLessThan(2 * COUNT + 4 * BASE.length);
});
