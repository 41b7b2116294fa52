import { useEffect, useMemo } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { isActive } from '../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { mayBeAsked } from '../../model/known-registries.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { type SentAs, useSentAs } from '../../stores/sent-digests.ts';
import { useKnownRegistries } from '../../stores/settings.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { type Answer, askRegistry, useRegistryAnswers } from '../picker/registry-answers.ts';
import { SILENT, type TagState, tagState } from '../picker/tag-state.ts';
import { useSettled } from '../picker/use-settled.ts';

/** Questions on their way at once: a push needs the line, too. */
const AT_ONCE = 6;

type TagAnswers = Readonly<Record<string, Answer<'registries.tag'>>>;

/** What a push would do to the tag of one of several images; `notChecked`: its registry does not answer for others, and is not asked again. */
export type RowState = TagState | { kind: 'notChecked' };

/**
 * Asks for the tags of all targets, a few at a time, once they have come to rest; not while anything is pushed, which needs the line more, and
 * tells what became of its tag. Gives the registries that do not answer.
 */
export function useTagChecks(rows: readonly ManyRow[]): ReadonlySet<string> {
  const answers = useRegistryAnswers((state) => state['registries.tag']);
  const isPushing = useTransfers(({ jobs }) => Object.values(jobs).some(({ state }) => isActive(state)));
  const registries = useKnownRegistries();
  const wanted = rows.flatMap((row) => (isAskedFor(row, registries) ? (row.canonical ?? []) : [])).join('\n');
  const isSettled = useSettled(wanted);
  useEffect(() => {
    if (!isSettled || isPushing) return;
    for (const target of nextQuestions(wanted.split('\n'), answers)) askRegistry('registries.tag', target);
  }, [isSettled, wanted, answers, isPushing]);
  const silent = Object.entries(answers).flatMap(([target, answer]) => (isSilent(answer) ? registryOf(target) : []));
  const names = [...new Set(silent)].join('\n');
  return useMemo(() => new Set(names.split('\n')), [names]);
}

/**
 * Which tags to ask for now. The first question to a registry goes alone: where nobody answers, thirty would wait for as many timeouts, and
 * its other tags are not asked for.
 * @param targets canonical
 */
export function nextQuestions(targets: readonly string[], answers: TagAnswers): string[] {
  const open = new Set(targets.filter((target) => answers[target] === undefined));
  const known = Map.groupBy(targets, registryOf);
  let room = AT_ONCE - targets.filter((target) => answers[target]?.state === 'asking').length;
  const next: string[] = [];
  for (const ofOne of known.values()) {
    const heard = ofOne.map((target) => answers[target]).filter((answer) => answer !== undefined);
    if (heard.some(isSilent)) continue;
    const isFirst = heard.every(({ state }) => state === 'asking');
    const most = isFirst ? 1 - heard.length : room;
    const chosen = ofOne.filter((target) => open.has(target)).slice(0, Math.max(0, Math.min(most, room)));
    next.push(...chosen);
    room -= chosen.length;
  }
  return next;
}

/** What a push would do to the tag of one row; undefined where it has no target. */
export function useRowState(row: ManyRow, options: TransferOptions, silent: ReadonlySet<string>): RowState | undefined {
  const { canonical, image } = row;
  const sent = useSentAs(image);
  const registries = useKnownRegistries();
  const answer = useRegistryAnswers((state) =>
    canonical === undefined ? undefined : state['registries.tag'][canonical],
  );
  if (canonical === undefined) return undefined;
  if (answer === undefined && !isAskedFor(row, registries)) return { kind: 'unasked' };
  const isGivenUp = answer === undefined && silent.has(registryOf(canonical));
  return isGivenUp ? { kind: 'notChecked' } : tagState(answer, sent, options);
}

/** How many rows move a tag, and how many are there already. */
export function countStates(
  rows: readonly ManyRow[],
  answers: TagAnswers,
  sentOf: (image: ImageSummary) => SentAs,
  options: TransferOptions,
): Record<'moves' | 'same' | 'kept', number> {
  const counts = { moves: 0, same: 0, kept: 0 };
  for (const { canonical, image, problem } of rows) {
    if (canonical === undefined || problem !== undefined) continue;
    const { kind } = tagState(answers[canonical], sentOf(image), options);
    if (kind === 'moves' || kind === 'same' || kind === 'kept') counts[kind]++;
  }
  return counts;
}

function isAskedFor({ canonical, target, isChosen }: ManyRow, registries: readonly string[]): boolean {
  return canonical !== undefined && mayBeAsked(registryOf(canonical), target, isChosen, registries);
}

function isSilent(answer: Answer<'registries.tag'>): boolean {
  return answer.state === 'failed' && SILENT.includes(answer.error.code);
}

function registryOf(canonical: string): string {
  return canonical.slice(0, canonical.indexOf('/'));
}
