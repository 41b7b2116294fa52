/** File names of image-spec image-layout.md. */
export const LAYOUT_MARKER = 'oci-layout';

export const LAYOUT_INDEX = 'index.json';

/** The manifest's file name, and the one next to it that names the format (containers/image, directory/). */
export const DIR_MANIFEST = 'manifest.json';

export const DIR_VERSION = 'version';

/** What `version` begins with. */
export const DIR_VERSION_WORDS = 'Directory Transport Version: ';
/** All that it holds; tools look for these bytes. */
export const DIR_VERSION_TEXT = `${DIR_VERSION_WORDS}1.1\n`;

/** The file that lists the images of a `docker save` archive (moby image/spec, since 1.10). */
export const DOCKER_MANIFEST = 'manifest.json';

/** What alone did so before. */
export const DOCKER_OLD_LIST = 'repositories';

/** The annotation that names a manifest in a layout's index: a bare tag or a whole reference (image-spec annotations.md). */
export const REF_NAME = 'org.opencontainers.image.ref.name';
