import { useMemo } from 'react';
import { create } from 'zustand';
import type { Digest } from '../../shared/digest.ts';
import type { ImageSummary, SourceInfo, Transport } from '../../shared/images.ts';
import type { JobInfo, TransferResult } from '../../shared/transfer-events.ts';
import { useImages } from './images.ts';

type SentDigests = Readonly<Record<string, readonly Digest[]>>;

/** What images became at registries, by their digests in their stores, where that is another digest; the newest last. */
export const useSentDigests = create<SentDigests>(() => ({}));

/** Images, and digests of each, that are remembered for the next start. */
const MOST_IMAGES = 100;
const MOST_DIGESTS = 2;

/** Stores that keep layers as plain tars: they are compressed on the way, and the image gets another digest. */
const COMPRESSED_ON_THE_WAY: readonly Transport[] = ['docker-archive', 'docker-daemon', 'containers-storage'];

/** Of a push that is done: what its image is called there, where another push would make the same of it. */
export function rememberSent({ imageId, result }: JobInfo): void {
  const { images, sources } = useImages.getState();
  const image = images.get(imageId);
  if (image?.digest === undefined || result === undefined || !wasAsUsual(result)) return;
  const isSentAsItIs = !changesOnTheWay(image, sources) && result.conversion === undefined;
  if (isSentAsItIs || result.digest === image.digest) return;
  const { digest } = image;
  useSentDigests.setState(({ [digest]: known = [], ...others }) => {
    const earlier = known.filter((each) => each !== result.digest);
    return { ...others, [digest]: [...earlier, result.digest].slice(-MOST_DIGESTS) };
  }, true);
}

/** Neither is the digest that of an old tag that was kept, nor was the image converted because somebody wanted it. */
function wasAsUsual({ tag, conversion }: TransferResult): boolean {
  return tag?.state !== 'kept' && (conversion === undefined || conversion.isRefused === true);
}

function changesOnTheWay({ sourceId }: Stored, sources: readonly SourceInfo[]): boolean {
  const transport = sources.find(({ id }) => id === sourceId)?.transport;
  return transport !== undefined && COMPRESSED_ON_THE_WAY.includes(transport);
}

/** What is kept for the next start. */
export function newestSent(): Record<string, Digest[]> {
  const newest = Object.entries(useSentDigests.getState()).slice(-MOST_IMAGES);
  return Object.fromEntries(newest.map(([digest, sent]) => [digest, [...sent]]));
}

/** What an image is called at a registry that has it: as in its store, or as earlier pushes made it. */
export interface SentAs {
  /** What a push as it is makes of it; undefined where nobody knows beforehand. */
  digest: Digest | undefined;
  known: readonly Digest[];
}

/** Whether what a registry has is that image. */
export function isSentAs(digest: Digest | undefined, sent: SentAs): boolean {
  return digest !== undefined && (digest === sent.digest || sent.known.includes(digest));
}

type Stored = Pick<ImageSummary, 'digest' | 'sourceId'>;

export function sentAs(image: Stored, sources: readonly SourceInfo[], sent: SentDigests): SentAs {
  const { digest } = image;
  const known = digest === undefined ? [] : (sent[digest] ?? []);
  return { digest: changesOnTheWay(image, sources) ? known.at(-1) : digest, known };
}

export function useSentAs(image: Stored): SentAs {
  const sources = useImages((state) => state.sources);
  const sent = useSentDigests();
  return useMemo(() => sentAs(image, sources, sent), [image, sources, sent]);
}
