import { useEffect, useMemo, useState } from 'react';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { HistoryEntry } from '../../../shared/history.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { DOCKER_HUB, referenceOrUndefined } from '../../../shared/reference.ts';
import { inBackground, request } from '../../api.ts';
import { knownRegistries } from '../../model/known-registries.ts';
import type { TargetPart, TypedParts } from '../../model/target-parts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { type OfferGroup, offersFor } from './offers.ts';
import { type Answer, ASK_AFTER_MS, askRegistry, useRegistryAnswers } from './registry-answers.ts';

export interface Offers {
  groups: OfferGroup[];
  /** The registry is being asked. */
  isAsking: boolean;
  /** It has more names than were read. */
  hasMore: boolean;
  /** Why it gave none. */
  failure: ErrorCode | undefined;
}

/** What can be taken for the part at the cursor. Registries are asked only while the list is open. */
export function useOffers(
  image: ImageSummary,
  part: TargetPart,
  parts: TypedParts,
  { isOpen, mayAsk }: { isOpen: boolean; mayAsk: boolean },
): Offers {
  const settings = useSettings((state) => state.settings);
  const logins = useSettings((state) => state.logins);
  const registry = parts.registry?.text ?? DOCKER_HUB;
  // Docker Hub lists no repositories (https://github.com/docker/hub-feedback/issues/2094).
  const listing = part === 'repository' && registry !== DOCKER_HUB ? registry : '';
  const repository = part === 'tag' && parts.repository?.text ? `${registry}/${parts.repository.text}` : '';
  const listed = useRegistryAnswers((state) => state['registries.repositories'][listing]);
  const tagged = useRegistryAnswers((state) => state['registries.tags'][repository]);
  useEffect(() => {
    if (!isOpen || !mayAsk || (listing === '' && repository === '')) return;
    const timer = setTimeout(() => {
      if (listing !== '') askRegistry('registries.repositories', listing);
      if (repository !== '') askRegistry('registries.tags', repository);
    }, ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isOpen, mayAsk, listing, repository]);
  const pushedAt = usePushTimes(isOpen ? repository : '');
  const groups = useMemo(
    () =>
      offersFor(part, parts, {
        image,
        recentTargets: settings.recentTargets,
        logins,
        registries: knownRegistries(settings, logins),
        repositories: namesOf(listed),
        tags: namesOf(tagged),
        pushedAt,
      }),
    [part, parts, image, settings, logins, listed, tagged, pushedAt],
  );
  const answer = part === 'tag' ? tagged : part === 'repository' ? listed : undefined;
  return {
    groups,
    isAsking: answer?.state === 'asking',
    hasMore: answer?.state === 'known' && answer.value.hasMore,
    failure: answer?.state === 'failed' ? answer.error.code : undefined,
  };
}

const NEVER: ReadonlyMap<string, number> = new Map();

/** When tags of a repository were pushed from here the last time, as the history has it; a registry lists tags without their times. */
function usePushTimes(repository: string): ReadonlyMap<string, number> {
  const [known, setKnown] = useState({ repository: '', times: NEVER });
  const reference = repository === '' ? undefined : referenceOrUndefined(repository);
  const name = reference && `${reference.registry}/${reference.repository}`;
  useEffect(() => {
    if (name === undefined) return;
    let isCurrent = true;
    const show = (entries: readonly HistoryEntry[]) => {
      if (isCurrent) setKnown({ repository: name, times: timesOf(entries, name) });
    };
    inBackground(request('history.list', { search: name }).then(show), showError);
    return () => {
      isCurrent = false;
    };
  }, [name]);
  return known.repository === name ? known.times : NEVER;
}

/** @param entries the newest first */
function timesOf(entries: readonly HistoryEntry[], name: string): Map<string, number> {
  const times = new Map<string, number>();
  for (const { kind, state, target, finishedAt } of entries) {
    const pushed = kind === 'push' && state === 'done' ? referenceOrUndefined(target) : undefined;
    if (pushed?.tag === undefined || `${pushed.registry}/${pushed.repository}` !== name) continue;
    times.set(pushed.tag, times.get(pushed.tag) ?? finishedAt);
  }
  return times;
}

type ListAnswer = Answer<'registries.repositories'> | Answer<'registries.tags'> | undefined;

function namesOf(answer: ListAnswer): readonly string[] {
  return answer?.state === 'known' ? answer.value.names : [];
}
