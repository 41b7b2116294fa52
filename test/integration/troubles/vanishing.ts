import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobPath } from '../../fixtures/layouts.ts';
import type { Scene } from '../scene.ts';
import { PUT_BLOB, type Trouble } from './trouble.ts';

/** A registry so slow that it cannot have taken a layer before something happens to the disk; then it is quick. */
function during(happens: (scene: Scene, layer: string) => Promise<unknown>, drop = false) {
  return async (scene: Scene) => {
    const registry = await scene.serve({ bytesPerSecond: 200_000 });
    const [layer] = scene.image.layers;
    if (!layer) throw new Error('the image has no layer');
    if (drop) registry.faults.add({ on: PUT_BLOB, times: 2, action: { kind: 'drop', after: 'half' } });
    const watching = (async () => {
      while (registry.uploads().length < 2) await sleep(5);
      await happens(scene, blobPath(scene.layout, layer.digest));
      registry.throttle.bytesPerSecond = 0;
    })();
    return async () => {
      await watching;
      registry.faults.clear();
      await scene.restore();
    };
  };
}

export const VANISHING: Trouble[] = [
  {
    what: 'a layer that becomes shorter while it is sent',
    layerSize: 16_000_000,
    cause: during((_, layer) => writeFile(layer, 'short')),
    code: 'BLOB_SIZE_MISMATCH',
    says: /wrong size/,
    next: /local files are damaged/,
    commandLine: false,
  },
  {
    what: 'a disk that is taken away while it is read, and a connection that breaks',
    layerSize: 16_000_000,
    // In one step, as a disk goes: a removal that is under way leaves the folder for a while.
    cause: during((scene) => rename(scene.layout, `${scene.layout}.gone`), true),
    code: 'SOURCE_UNREADABLE',
    says: /the folder does not exist/,
    next: /Check that the files exist/,
    commandLine: false,
  },
];
