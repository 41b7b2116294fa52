import { DOCKER_MANIFEST, LAYOUT_INDEX, LAYOUT_MARKER } from '../../image/layout/file-names.ts';

/** Blobs, and layers and configs as `docker save` and others name them. */
const IMAGE_PART = /^blobs\/|^[0-9a-f]{64}(?:$|[./])|\/layer\.tar$/;
/** Whatever its depth, this file is of a layout; the others are common names. */
const IN_FOLDER = new RegExp(`^(?:(.+)/${LAYOUT_MARKER}|([^/]+)/(?:${LAYOUT_INDEX}|${DOCKER_MANIFEST}))$`);
const CHART = /^[^/]+\/Chart\.yaml$/;
const MACHINE = /^[^/]+\.ovf$/i;
const MACHINE_OF_VAGRANT = 'Vagrantfile';
/** In the archive's own folder, or in one of it. */
const AT_TOP = /^(?:[^/]+\/)?([^/]+)$/;
const ARCHIVE = /\.(?:tar(?:\.(?:gz|zst|xz|bz2))?|tgz)$/i;
/** What engines leave in the containers that they run. */
const OF_CONTAINERS = ['.dockerenv', 'run/.containerenv'];

/** Whether a file is called as an archive. */
export function isArchiveName(name: string): boolean {
  return ARCHIVE.test(name);
}

/** Whether a file is called as what images are built from. */
export function isRecipeName(name: string): boolean {
  return name === 'Dockerfile' || name === 'Containerfile';
}

/** Whether an archive that names no image has parts of one. */
export function hasImageParts(names: readonly string[]): boolean {
  return names.some((name) => IMAGE_PART.test(name));
}

/**
 * What people take for an image: a folder with one that was packed as a whole, the files of a container, a chart of Helm, and the like.
 * @param names of all members of the archive
 */
export function otherArchive(names: readonly string[]): string | undefined {
  const folder = folderWithImage(names);
  if (folder !== undefined) {
    const isLayout = [LAYOUT_INDEX, LAYOUT_MARKER].some((file) => names.includes(`${folder}/${file}`));
    const shown = folder.slice(0, 100);
    return isLayout
      ? `the image is in its folder ${shown}: unpack it, and push that folder`
      : `the image is in its folder ${shown}: unpack it, and pack what is in that folder as an archive of its own`;
  }
  if (names.some((name) => CHART.test(name))) return 'it is a Helm chart: push it with helm push';
  if (names.some((name) => MACHINE.test(name)) || names.includes(MACHINE_OF_VAGRANT))
    return 'it is a virtual machine, not a container image';
  if (isOfContainer(names))
    return 'it has the files of a container, as docker export writes them: save the image with docker save, or make one with docker import';
  const files = names.flatMap((name) => (IMAGE_PART.test(name) ? [] : (AT_TOP.exec(name)?.[1] ?? [])));
  const archive = files.find(isArchiveName);
  if (archive !== undefined)
    return `it holds other archives, such as ${archive.slice(0, 100)}: unpack it, and push those`;
  if (files.some(isRecipeName)) return 'it has what an image is built from: build the image first, and push that';
  return undefined;
}

function folderWithImage(names: readonly string[]): string | undefined {
  for (const name of names) {
    const [, layout, other] = IN_FOLDER.exec(name) ?? [];
    if (layout !== undefined || other !== undefined) return layout ?? other;
  }
  return undefined;
}

function isOfContainer(names: readonly string[]): boolean {
  if (OF_CONTAINERS.some((name) => names.includes(name))) return true;
  const tops = new Set(names.map((name) => name.replace(/^rootfs\//, '').split('/', 1)[0]));
  return tops.has('etc') && (tops.has('usr') || tops.has('bin'));
}
