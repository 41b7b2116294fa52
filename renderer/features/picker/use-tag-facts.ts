import { type RefObject, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { askRegistry, useRegistryAnswers } from './registry-answers.ts';
import { factsOf, nextFact, type OfferedTag, type TagFacts } from './tag-facts.ts';
import { useSettled } from './use-settled.ts';

/**
 * What is known of tags, by their targets. Registries are asked about those whose rows are in sight, one thing at a time, for as long as the list
 * is open.
 * @param list what the rows are in and scroll in; those of tags that the registry has bear `data-tag`
 */
export function useTagFacts(
  list: RefObject<HTMLElement | null>,
  tags: readonly OfferedTag[],
  mayAsk: boolean,
): ReadonlyMap<string, TagFacts> {
  const answers = useRegistryAnswers();
  const inSight = useInSight(list, tags);
  const isSettled = useSettled(inSight.map(({ target }) => target).join('\n'));
  const { question, about } = (mayAsk && isSettled ? nextFact(inSight, answers) : undefined) ?? {};
  useEffect(() => {
    if (question !== undefined && about !== undefined) askRegistry(question, about);
  }, [question, about]);
  return useMemo(() => new Map(tags.map((tag) => [tag.target, factsOf(tag, answers)])), [tags, answers]);
}

/** Those whose rows can be seen, in their order. */
function useInSight(list: RefObject<HTMLElement | null>, tags: readonly OfferedTag[]): OfferedTag[] {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const rows = tags.flatMap(({ target, isListed }) => (isListed ? target : [])).join('\n');
  useLayoutEffect(() => {
    const root = list.current;
    if (rows === '' || root === null) return;
    const observer = new IntersectionObserver((changed) => setSeen((before) => afterwards(before, changed)), { root });
    for (const row of root.querySelectorAll('[data-tag]')) observer.observe(row);
    return () => {
      observer.disconnect();
      setSeen(new Set());
    };
  }, [list, rows]);
  return tags.filter(({ target }) => seen.has(target));
}

function afterwards(seen: ReadonlySet<string>, changed: readonly IntersectionObserverEntry[]): ReadonlySet<string> {
  const now = new Set(seen);
  for (const { target, isIntersecting } of changed) {
    const tag = target.getAttribute('data-tag') ?? '';
    if (isIntersecting) now.add(tag);
    else now.delete(tag);
  }
  return now;
}
