import type { ImageRecord } from './records.ts';

/** The references that an image has in its store. A name with a digest says where it came from, and is no target for a push. */
export function imageReferences({ names }: ImageRecord): string[] {
  return names.filter((name) => !name.includes('@'));
}

/** What people call it: its first reference, else the short id that `podman images` shows. */
export function imageName(record: ImageRecord): string {
  return imageReferences(record)[0] ?? record.names[0] ?? shortId(record.id);
}

export function shortId(id: string): string {
  return id.slice(0, 12);
}

/**
 * Whether the text names the image as `buildah` and `podman` take it: a whole reference, one without its registry, without its tag
 * `latest`, or the beginning of the id. The lower, the closer; undefined when it does not.
 */
export function matchOf(record: ImageRecord, text: string): 0 | 1 | 2 | undefined {
  const tagged = withTag(text);
  if (record.names.includes(text) || record.names.includes(tagged) || record.id === text) return 0;
  const usual = [`localhost/${tagged}`, `docker.io/library/${tagged}`, `docker.io/${tagged}`];
  if (record.names.some((name) => usual.includes(name))) return 1;
  const isShort = record.names.some((name) => name.endsWith(`/${tagged}`));
  return isShort || (/^[0-9a-f]{6,64}$/.test(text) && record.id.startsWith(text)) ? 2 : undefined;
}

function withTag(text: string): string {
  const last = text.slice(text.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? text : `${text}:latest`;
}
