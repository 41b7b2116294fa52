import { create } from 'zustand';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { RequestOutputs } from '../../../shared/ipc.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { JobInfo } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { interpretTarget } from '../../model/interpret.ts';
import { showError } from '../../stores/messages.ts';
import { newestSent, rememberSent, useSentDigests } from '../../stores/sent-digests.ts';
import { useSettings } from '../../stores/settings.ts';
import { countActive, useTransfers } from '../../stores/transfers.ts';

/** What can be asked of a registry while a target is chosen. */
export type NameQuestion = 'registries.repositories' | 'registries.tags' | 'registries.tag' | 'registries.created';

/** An answer, or why there is none. */
export type Answer<Q extends NameQuestion> =
  | { state: 'asking' }
  | { state: 'known'; value: RequestOutputs[Q]; at: number }
  | { state: 'failed'; error: PushboatError; at: number };

/** Wait after the last key before a registry is asked, in milliseconds. */
export const ASK_AFTER_MS = 300;

/** How long an answer counts, in milliseconds: others push, too. */
const LIFETIME_MS = 60_000;

type Answers = { [Q in NameQuestion]: Readonly<Record<string, Answer<Q>>> };

const NONE: Answers = {
  'registries.repositories': {},
  'registries.tags': {},
  'registries.tag': {},
  'registries.created': {},
};

/** What registries have said so far, by what was asked. */
export const useRegistryAnswers = create<Answers>(() => NONE);

const ASK: { [Q in NameQuestion]: (about: string) => Promise<RequestOutputs[Q]> } = {
  'registries.repositories': (registry) => request('registries.repositories', registry),
  'registries.tags': (repository) => request('registries.tags', repository),
  'registries.tag': (target) => request('registries.tag', target),
  'registries.created': (image) => request('registries.created', image),
};

/** Asks unless a fresh answer is there. Failures are answers: to choose a target must not disturb anybody. */
export function askRegistry(question: NameQuestion, about: string): void {
  const known: Answer<NameQuestion> | undefined = useRegistryAnswers.getState()[question][about];
  if (known && isFresh(question, known)) return;
  if (known === undefined) put(question, about, { state: 'asking' });
  ASK[question](about).then(
    (value) => put(question, about, { state: 'known', value, at: Date.now() }),
    (thrown: unknown) => put(question, about, { state: 'failed', error: toPushboatError(thrown), at: Date.now() }),
  );
}

/** Whether an answer still counts, or is on its way. When an image was made stays so. */
export function isFresh(question: NameQuestion, answer: Answer<NameQuestion>, now = Date.now()): boolean {
  if (answer.state === 'asking') return true;
  return (answer.state === 'known' && question === 'registries.created') || now - answer.at < LIFETIME_MS;
}

/** Without arguments all answers are forgotten. Those that are shown are asked for again. */
export function forgetRegistryNames(question?: NameQuestion, about?: string): void {
  if (question === undefined || about === undefined) return useRegistryAnswers.setState(NONE);
  if (useRegistryAnswers.getState()[question][about] === undefined) return;
  useRegistryAnswers.setState((state) => {
    const { [about]: _gone, ...others } = state[question];
    return { [question]: others };
  });
}

function put<Q extends NameQuestion>(question: Q, about: string, answer: Answer<Q>): void {
  useRegistryAnswers.setState((state) => ({ [question]: { ...state[question], [about]: answer } }));
}

// Another account sees more. Settings come as a whole, whatever of them has changed: each push changes the last targets.
useSettings.subscribe((now, before) => {
  if (now.logins !== before.logins || !isSame(now.settings.registries, before.settings.registries)) {
    forgetRegistryNames();
  }
});

function isSame(one: Settings['registries'], other: Settings['registries']): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

// What was pushed has moved a tag, and may be new in its repository and its registry. What is known of others still counts: of a group each
// push would have the tags of all others asked for again.
useTransfers.subscribe((now, before) => {
  if (now.jobs === before.jobs) return;
  const sent = useSentDigests.getState();
  for (const job of Object.values(now.jobs)) {
    if (job.state === 'done' && before.jobs[job.id]?.state !== 'done') notePushed(job);
  }
  hasUnkeptDigests ||= useSentDigests.getState() !== sent;
  // Once for a whole group.
  if (hasUnkeptDigests && countActive(now) === 0) keepSentDigests();
});

let hasUnkeptDigests = false;

function keepSentDigests(): void {
  hasUnkeptDigests = false;
  inBackground(request('settings.update', { sentDigests: newestSent() }), showError);
}

function notePushed(job: JobInfo): void {
  const meaning = interpretTarget(job.target);
  if (meaning.kind !== 'valid' || job.destination !== undefined) return;
  const { registry, repository } = meaning.reference;
  forgetRegistryNames('registries.tags', `${registry}/${repository}`);
  forgetRegistryNames('registries.repositories', registry);
  rememberSent(job);
  if (job.result === undefined) forgetRegistryNames('registries.tag', meaning.canonical);
  else put('registries.tag', meaning.canonical, { state: 'known', value: job.result, at: Date.now() });
}
