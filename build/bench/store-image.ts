import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unmountStore } from '../../test/fixtures/buildah-store.ts';
import { programs, runProgram } from './programs.ts';
import { writeRealisticFiles } from './realistic-files.ts';
import type { BenchImage, Missing } from './types.ts';
import type { ImageSpec } from './workloads.ts';

const NAME = 'localhost/pushboat-bench';

/** Why no store can be made here; undefined when it can. */
export function missingForStores(): Missing | undefined {
  const how = 'the Debian package buildah, and root, who may mount its layers';
  const isPossible = programs.find('buildah') !== undefined && process.getuid?.() === 0;
  return isPossible ? undefined : { name: 'a containers-storage store', how };
}

/** An image in a store of its own, whose layers buildah has made of realistic files: plain, as builders keep them. */
export async function makeStoreImage(folder: string, spec: ImageSpec): Promise<BenchImage> {
  const [root, runRoot] = [join(folder, 'root'), join(folder, 'run')];
  const buildah = async (...args: string[]): Promise<string> => {
    const storage = ['--storage-driver', 'overlay', '--root', root, '--runroot', runRoot];
    const { status, stdout, stderr } = await runProgram('buildah', [...storage, ...args]);
    if (status !== 0) throw new Error(`buildah ${args[0] ?? ''}: ${stderr.trim()}`);
    return stdout.trim().split('\n').at(-1) ?? '';
  };
  let from = 'scratch';
  let id = '';
  for (let layer = 1; layer <= spec.layersPerPlatform; layer += 1) {
    const container = await buildah('from', '--isolation', 'chroot', '--pull=false', from);
    await writeRealisticFiles(join(await buildah('mount', container), `${layer}`), `layer ${layer}`, spec.layerSize);
    await buildah('umount', container);
    from = `${NAME}:${layer}`;
    id = await buildah('commit', '--quiet', '--rm', container, from);
  }
  return {
    layout: '',
    store: `containers-storage:[overlay@${root}+${runRoot}]${from}`,
    isIndex: false,
    // A store names an image after its config.
    blobs: new Map([[`sha256:${id}`, 0]]),
    [Symbol.asyncDispose]: async () => {
      await unmountStore(root);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
