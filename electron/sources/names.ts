import { basename } from 'node:path';
import { shortDigest } from '../../shared/digest.ts';
import type { Descriptor } from '../image/types.ts';

/** image-spec annotations.md: a bare tag or a whole reference. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** containerd's export: always a whole reference. */
const CONTAINERD_NAME = 'io.containerd.image.name';

const BARE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * The folder name that the image-store tool makes of a reference: trimmed, without digest and tag; `/ : @` and spaces, and
 * everything else outside `[A-Za-z0-9._-]`, become `_`; no `.`, `_` or `-` at either end.
 */
export function sanitize(reference: string): string {
  const trimmed = reference.trim();
  const at = trimmed.indexOf('@');
  const withoutDigest = at === -1 ? trimmed : trimmed.slice(0, at);
  const colon = withoutDigest.lastIndexOf(':');
  const name = colon > withoutDigest.lastIndexOf('/') ? withoutDigest.slice(0, colon) : withoutDigest;
  // By code point, as the tool does: a character beyond the BMP is one `_`.
  return name.replace(/[^A-Za-z0-9._-]/gu, '_').replace(/^[._-]+|[._-]+$/g, '');
}

/** `org.opencontainers.image.ref.name` of an entry of `index.json`. */
export function refName(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[REF_NAME]?.trim() || undefined;
}

/** The references that a layout gives an image, whole ones before bare tags. */
export function referencesOf(descriptor: Descriptor): string[] {
  const names = [refName(descriptor), descriptor.annotations?.[CONTAINERD_NAME]?.trim()].filter(
    (name) => name !== undefined,
  );
  const distinct = [...new Set(names)].filter((name) => name !== '');
  return [...distinct.filter((name) => !isBareTag(name)), ...distinct.filter(isBareTag)];
}

/** What people call an image of a layout: its reference, `folder:tag`, the folder's name when it is alone there, or its digest. */
export function displayName(descriptor: Descriptor, layoutPath: string, isAlone: boolean): string {
  const folder = basename(layoutPath) || layoutPath;
  const [first] = referencesOf(descriptor);
  if (first !== undefined) return isBareTag(first) ? `${folder}:${first}` : first;
  return isAlone ? folder : `${folder}@${shortDigest(descriptor.digest)}`;
}

function isBareTag(name: string): boolean {
  return BARE_TAG.test(name);
}
