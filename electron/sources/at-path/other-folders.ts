import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DOCKER_MANIFEST } from '../../image/layout/file-names.ts';
import { looksLikeDir } from '../dir/detect-dir.ts';
import { looksLikeLayout } from '../oci-layout/detect-layout.ts';
import { listSubfolders } from '../oci-layout/subfolders.ts';
import { isArchiveName, isRecipeName } from './other-archives.ts';

/**
 * What people take for an image or a folder of images: an archive that was unpacked, archives, what an image is built from, and the like.
 * Fails with the system's error.
 */
export async function otherFolder(location: string): Promise<string | undefined> {
  const names = await readdir(location);
  const has = (...wanted: string[]): boolean => wanted.every((name) => names.includes(name));
  if (has(DOCKER_MANIFEST)) return 'it has the files of a docker save archive: pack them in a tar again, and push that';
  for (const above of [dirname(location), dirname(dirname(location))])
    if (await looksLikeLayout(above)) return `it is a part of the layout ${above}: push that`;
  const synced = await folderOfDirs(location);
  if (synced !== undefined)
    return `it has folders of images as skopeo sync writes them: push those, as with ${join(synced, '*')}`;
  if (has('config.json', 'rootfs'))
    return 'it is a bundle for a runtime (config.json and rootfs), not an image: umoci repack makes one of what umoci has unpacked';
  const driver = ['overlay', 'vfs'].find((name) => has(`${name}-images`, `${name}-layers`));
  if (driver !== undefined)
    return `it is a store of Podman and Buildah: name an image in it with containers-storage:[${driver}@${location}]NAME`;
  const archive = names.toSorted().find(isArchiveName);
  if (archive !== undefined)
    return `it has archives, such as ${archive}: push those, as with ${join(location, '*.tar')}`;
  if (names.some(isRecipeName)) return 'it has what an image is built from: build the image first, and push that';
  return undefined;
}

/** How deep `skopeo sync --scoped` makes folders: those of a host and of a repository. */
const MOST_DEEP = 6;

/** The folder of a `dir:` folder that the first folders below a place lead to; undefined where they do not. */
async function folderOfDirs(location: string, depth = 0): Promise<string | undefined> {
  const [first] = depth < MOST_DEEP ? await listSubfolders(location) : [];
  if (!first) return undefined;
  return (await looksLikeDir(first.path)) ? location : folderOfDirs(first.path, depth + 1);
}
