import { useEffect } from 'react';
import type { Digest } from '../../../shared/digest.ts';
import { usePushTimes } from './push-times.ts';
import { askRegistry, useRegistryAnswers } from './registry-answers.ts';
import { aboutImage, dateOf, type TagDate } from './tag-facts.ts';

/**
 * Since when a tag is the image that it is now. The registry is asked where nothing is known of its push.
 * @param target canonical
 * @param digest of that image; undefined: nothing is looked for
 */
export function useTagDate(target: string, digest: Digest | undefined): TagDate | undefined {
  const colon = target.lastIndexOf(':');
  const times = usePushTimes(digest === undefined ? '' : target.slice(0, colon));
  const answers = useRegistryAnswers();
  const isLooked = digest !== undefined && times !== undefined;
  const date = isLooked ? dateOf({ target, pushed: times.get(target.slice(colon + 1)) }, digest, answers) : undefined;
  const about = isLooked && date === undefined ? aboutImage(target, digest)[0]?.about : undefined;
  useEffect(() => {
    if (about !== undefined) askRegistry('registries.created', about);
  }, [about]);
  return date;
}
