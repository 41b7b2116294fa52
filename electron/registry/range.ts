/**
 * The upload offset in a `Range` header of the distribution API: `0-N`, N inclusive, with or without `bytes=`.
 * @returns the number of bytes that the registry has, or undefined when the header is missing or is not such a range.
 * @param expected the offset the caller believes in: an empty upload and one of a single byte both read `0-0`
 *   (distribution writes `0-0` for an empty upload), and only this tells them apart.
 */
export function parseUploadRange(header: string | undefined, expected: number): number | undefined {
  const match = /^\s*(?:bytes\s*=?\s*)?0\s*-\s*(\d{1,16})\s*$/i.exec(header ?? '');
  if (match === null) return /^\s*(?:bytes\s*=?\s*)?0--1\s*$/i.test(header ?? '') ? 0 : undefined;
  const last = Number(match[1]);
  if (!Number.isSafeInteger(last)) return undefined;
  return last === 0 && expected !== 1 ? 0 : last + 1;
}
