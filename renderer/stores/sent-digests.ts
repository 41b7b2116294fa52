import { useMemo } from 'react';
import { create } from 'zustand';
import type { Digest } from '../../shared/digest.ts';
import type { ImageSummary, SourceInfo, Transport } from '../../shared/images.ts';
import type { JobInfo } from '../../shared/transfer-events.ts';
import { useImages } from './images.ts';

type SentDigests = Readonly<Record<string, readonly Digest[]>>;

/** What images became at registries in this session, by their digests in their stores. */
export const useSentDigests = create<SentDigests>(() => ({}));

/** Stores that keep layers as plain tars: they are compressed on the way, and the image gets another digest. */
const COMPRESSED_ON_THE_WAY: readonly Transport[] = ['docker-archive', 'docker-daemon', 'containers-storage'];

/** Of a push that is done: what its image is called there. Where an old tag was kept, that says nothing about the image. */
export function rememberSent({ imageId, result }: JobInfo): void {
  const digest = useImages.getState().images.get(imageId)?.digest;
  if (digest === undefined || result === undefined || result.tag?.state === 'kept') return;
  useSentDigests.setState((known) => ({ [digest]: [...new Set([...(known[digest] ?? []), result.digest])] }));
}

/** What an image is called at a registry that has it: as in its store, or as earlier pushes made it. */
export interface SentAs {
  /** What a push as it is makes of it; undefined where nobody knows beforehand. */
  digest: Digest | undefined;
  known: readonly Digest[];
}

type Stored = Pick<ImageSummary, 'digest' | 'sourceId'>;

export function sentAs({ digest, sourceId }: Stored, sources: readonly SourceInfo[], sent: SentDigests): SentAs {
  const known = digest === undefined ? [] : (sent[digest] ?? []);
  const transport = sources.find(({ id }) => id === sourceId)?.transport;
  const changes = transport !== undefined && COMPRESSED_ON_THE_WAY.includes(transport);
  return { digest: changes ? known.at(-1) : digest, known };
}

export function useSentAs(image: Stored): SentAs {
  const sources = useImages((state) => state.sources);
  const sent = useSentDigests();
  return useMemo(() => sentAs(image, sources, sent), [image, sources, sent]);
}
