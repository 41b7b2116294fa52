/**
 * The file name of one of an image's big data items: the item's own name where it is plain, else `=` and the name in base64
 * (containers/storage, `makeBigDataBaseName`).
 */
export function bigDataFileName(name: string): string {
  return /^[a-z0-9.]+$/.test(name) ? name : `=${Buffer.from(name, 'utf8').toString('base64')}`;
}
