import { useEffect } from 'react';
import type { Digest } from '../../../shared/digest.ts';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { DOCKER_HUB } from '../../../shared/reference.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import type { Interpretation } from '../../model/interpret.ts';
import { mayBeAsked } from '../../model/known-registries.ts';
import { typedParts } from '../../model/target-parts.ts';
import { isSentAs, type SentAs, useSentAs } from '../../stores/sent-digests.ts';
import { useKnownRegistries } from '../../stores/settings.ts';
import { type Answer, ASK_AFTER_MS, askRegistry, useRegistryAnswers } from './registry-answers.ts';

/** What a push would do to the target's tag, as far as the registry tells. */
export type TagState =
  | { kind: 'asking' | 'new' | 'same' | 'silent' | 'afterLogin' }
  /** The registry is not asked before the person wants that. */
  | { kind: 'unasked' }
  /** `to` is not known where layers are compressed, or the image is converted, on the way. */
  | { kind: 'moves'; from: Digest | undefined; to: Digest | undefined }
  | { kind: 'kept'; digest: Digest | undefined }
  | { kind: 'unknown'; code: ErrorCode };

/** Errors that mean that nobody has answered. */
export const SILENT: readonly ErrorCode[] = ['TIMEOUT', 'CONNECTION_LOST', 'HOST_UNREACHABLE', 'DNS_FAILED'];

/** Whether the registry of a target is asked about it, or about names on it, while it is chosen. */
export function useMayAsk(typed: string, meaning: Interpretation, isChosen: boolean): boolean {
  const known = useKnownRegistries();
  const registry = meaning.kind === 'valid' ? meaning.reference.registry : typedParts(typed).registry?.text;
  return mayBeAsked(registry ?? DOCKER_HUB, typed, isChosen, known);
}

/** Asks what the target's tag is now, once it is valid; undefined while it is not. */
export function useTagState(
  image: ImageSummary,
  meaning: Interpretation,
  options: TransferOptions,
  mayAsk: boolean,
): TagState | undefined {
  const target = meaning.kind === 'valid' ? meaning.canonical : undefined;
  const answer = useRegistryAnswers((state) => (target === undefined ? undefined : state['registries.tag'][target]));
  const isForgotten = answer === undefined;
  useEffect(() => {
    if (target === undefined || !mayAsk) return;
    const timer = setTimeout(() => askRegistry('registries.tag', target), ASK_AFTER_MS);
    return () => clearTimeout(timer);
    // An answer that was forgotten is asked for again.
  }, [target, isForgotten, mayAsk]);
  const sent = useSentAs(image);
  if (target === undefined) return undefined;
  return isForgotten && !mayAsk ? { kind: 'unasked' } : tagState(answer, sent, options);
}

/** @param sent what a push makes of the image where nothing of it is changed. */
export function tagState(
  answer: Answer<'registries.tag'> | undefined,
  sent: SentAs,
  options: TransferOptions,
): TagState {
  if (answer === undefined || answer.state === 'asking') return { kind: 'asking' };
  if (answer.state === 'failed') {
    const { code } = answer.error;
    if (code === 'UNAUTHORIZED' || code === 'DENIED') return { kind: 'afterLogin' };
    return SILENT.includes(code) ? { kind: 'silent' } : { kind: 'unknown', code };
  }
  if (answer.value === null) return { kind: 'new' };
  const from = answer.value.digest;
  const changes = options.format ?? options.compression ?? options.platforms ?? options.removeSignatures;
  if (changes === undefined && isSentAs(from, sent)) return { kind: 'same' };
  if (options.onlyNew) return { kind: 'kept', digest: from };
  return { kind: 'moves', from, to: changes === undefined ? sent.digest : undefined };
}
