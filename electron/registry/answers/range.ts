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

/**
 * Where to go on, of what a registry reports when it is asked; undefined when nothing is left to try in this upload. What it took is
 * certain, and what it reports is not: some count one byte too many (https://github.com/opencontainers/distribution-spec/issues/213),
 * name the last part alone, or stay at the first one (https://github.com/aws/containers-roadmap/issues/2831).
 * @param reported bytes by its `Range`; undefined when there is none.
 * @param taken bytes that it took for certain.
 * @param refusedAt offset at which it took nothing (416): its word counts then, and another 416 there is not waited for.
 */
export function offsetToGoOn(reported: number | undefined, taken: number, refusedAt?: number): number | undefined {
  const isBelieved = reported !== undefined && (refusedAt !== undefined || reported > taken + 1);
  const offset = isBelieved ? reported : taken;
  return offset === refusedAt || (reported === undefined && taken === 0) ? undefined : offset;
}

/** What an upload showed of the registry's word on how far it is. */
export interface OffsetWord {
  /** It was asked since it last took something. */
  asked: boolean;
  /** Offset at which it has taken nothing (416) since then. */
  refusedAt: number | undefined;
  /** Its `Range` was found to name one byte more than it has. */
  countsOneMore: boolean;
}

export const NOTHING_SHOWN: OffsetWord = { asked: false, refusedAt: undefined, countsOneMore: false };

/** After it took bytes: its word is as good as at the start. */
export function afterTaking({ countsOneMore }: OffsetWord): OffsetWord {
  return { ...NOTHING_SHOWN, countsOneMore };
}

/**
 * After a 416 at `offset`, with the offset to try next. One that names the very offset at which it took nothing, after it was asked, counts
 * one byte too many (Quay, https://github.com/quay/quay/blob/master/endpoints/v2/blob.py): the byte before is tried, once.
 */
export function afterRefusal(
  word: OffsetWord,
  offset: number,
  reported: number | undefined,
): { word: OffsetWord; offset: number } {
  if (reported === offset && word.asked && !word.countsOneMore)
    return { word: { ...NOTHING_SHOWN, countsOneMore: true }, offset: offset - 1 };
  return { word: { ...word, refusedAt: offset }, offset: reported ?? offset };
}
