import { useEffect, useMemo } from 'react';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { DOCKER_HUB } from '../../../shared/reference.ts';
import { knownRegistries } from '../../model/known-registries.ts';
import type { TargetPart, TypedParts } from '../../model/target-parts.ts';
import { useSettings } from '../../stores/settings.ts';
import { type OfferGroup, offersFor } from './offers.ts';
import { type Pushed, usePushTimes } from './push-times.ts';
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
  const pushed = usePushTimes(isOpen ? repository : '') ?? NEVER;
  const groups = useMemo(
    () =>
      offersFor(part, parts, {
        image,
        recentTargets: settings.recentTargets,
        logins,
        registries: knownRegistries(settings, logins),
        repositories: namesOf(listed),
        tags: namesOf(tagged),
        pushed,
      }),
    [part, parts, image, settings, logins, listed, tagged, pushed],
  );
  const answer = part === 'tag' ? tagged : part === 'repository' ? listed : undefined;
  return {
    groups,
    isAsking: answer?.state === 'asking',
    hasMore: answer?.state === 'known' && answer.value.hasMore,
    failure: answer?.state === 'failed' ? answer.error.code : undefined,
  };
}

const NEVER: ReadonlyMap<string, Pushed> = new Map();

type ListAnswer = Answer<'registries.repositories'> | Answer<'registries.tags'> | undefined;

function namesOf(answer: ListAnswer): readonly string[] {
  return answer?.state === 'known' ? answer.value.names : [];
}
