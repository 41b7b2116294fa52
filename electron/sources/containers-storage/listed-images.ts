import { z } from 'zod';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import type { StoredImageRecord, StoreSnapshot } from './store.ts';

const historySchema = lazySchema(() => z.object({ history: z.array(z.unknown()).nullish() }));

/** All but the nameless ones that a build has left below others. */
export async function listedImages(snapshot: StoreSnapshot): Promise<StoredImageRecord[]> {
  const parents = snapshot.parents();
  const sameLayers = Map.groupBy(snapshot.images, topLayer);
  const listed: StoredImageRecord[] = [];
  for (const image of snapshot.images) {
    const { names, layer } = image.record;
    if (names.length > 0) listed.push(image);
    else if (layer !== undefined && parents.has(topLayer(image))) continue;
    else if (!(await isBegun(image, sameLayers.get(topLayer(image)) ?? []))) listed.push(image);
  }
  return listed;
}

function topLayer({ files, record }: StoredImageRecord): string {
  return `${files.driver} ${record.layer ?? ''}`;
}

/** Whether another image of the same layers has its history and more: steps as `ENV` and `CMD` leave an image each, and no layer. */
async function isBegun(image: StoredImageRecord, sameLayers: readonly StoredImageRecord[]): Promise<boolean> {
  if (sameLayers.length < 2) return false;
  const history = await historyOf(image);
  if (history.length === 0) return false;
  for (const other of sameLayers) {
    const longer = await historyOf(other);
    if (longer.length > history.length && history.every((entry, at) => entry === longer[at])) return true;
  }
  return false;
}

/** Entry by entry. Empty for what has none that can be read: a manifest list, an artifact, a damaged image. */
async function historyOf({ files, record }: StoredImageRecord): Promise<string[]> {
  const config = await files.bigData(record, `sha256:${record.id}`);
  const parsed = historySchema.safeParse(config && jsonOrUndefined(new TextDecoder().decode(config)));
  return (parsed.data?.history ?? []).map((entry) => JSON.stringify(entry));
}
