import { useEffect, useState } from 'react';
import type { Digest } from '../../../shared/digest.ts';
import type { HistoryEntry } from '../../../shared/history.ts';
import { referenceOrUndefined } from '../../../shared/reference.ts';
import { inBackground, request } from '../../api.ts';
import { showError } from '../../stores/messages.ts';

/** The last push of a tag from here. */
export interface Pushed {
  /** Epoch milliseconds. */
  at: number;
  /** What the tag was then. */
  digest: Digest | undefined;
}

/**
 * The last pushes from here, by the tags of a repository, as the history has them: a registry lists tags without their times. Undefined until that is
 * read.
 * @param repository with its registry; empty: none
 */
export function usePushTimes(repository: string): ReadonlyMap<string, Pushed> | undefined {
  const [known, setKnown] = useState<{ repository: string; times: ReadonlyMap<string, Pushed> }>();
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
  return known?.repository === name ? known?.times : undefined;
}

/** @param entries the newest first */
function timesOf(entries: readonly HistoryEntry[], name: string): Map<string, Pushed> {
  const times = new Map<string, Pushed>();
  for (const { kind, state, target, finishedAt, digest } of entries) {
    const pushed = kind === 'push' && state === 'done' ? referenceOrUndefined(target) : undefined;
    if (pushed?.tag === undefined || `${pushed.registry}/${pushed.repository}` !== name) continue;
    times.set(pushed.tag, times.get(pushed.tag) ?? { at: finishedAt, digest });
  }
  return times;
}
