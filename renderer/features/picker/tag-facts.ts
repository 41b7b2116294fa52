import type { Digest } from '../../../shared/digest.ts';
import { DOCKER_HUB } from '../../../shared/reference.ts';
import type { Pushed } from './push-times.ts';
import { type Answer, isFresh, type NameQuestion } from './registry-answers.ts';

/** A tag that can be chosen. */
export interface OfferedTag {
  /** Canonical. */
  target: string;
  /** Its last push from here. */
  pushed: Pushed | undefined;
  /** The registry has it. */
  isListed: boolean;
}

/** Since when a tag is what it is: it was pushed from here then, or else its image was made then. ISO 8601. */
export interface TagDate {
  kind: 'pushed' | 'created';
  iso: string;
}

/** What is known of a tag. */
export interface TagFacts {
  digest: Digest | undefined;
  date: TagDate | undefined;
}

type FactQuestion = Extract<NameQuestion, 'registries.tag' | 'registries.created'>;

/** What registries have said of tags and of images. */
export type FactAnswers = { [Q in FactQuestion]: Readonly<Record<string, Answer<Q>>> };

/** What to ask a registry next. */
export interface Question {
  question: FactQuestion;
  about: string;
}

/** What is known so far. */
export function factsOf(tag: OfferedTag, answers: FactAnswers): TagFacts {
  const answer = answers['registries.tag'][tag.target];
  const digest = answer?.state === 'known' ? answer.value?.digest : undefined;
  return { digest, date: dateOf(tag, digest, answers) };
}

/** @param digest of the image that the tag is, as far as that is known */
export function dateOf(
  { target, pushed }: Omit<OfferedTag, 'isListed'>,
  digest: Digest | undefined,
  answers: FactAnswers,
): TagDate | undefined {
  // Somebody else may have moved the tag since.
  const isAsPushed = digest === undefined || pushed?.digest === undefined || pushed.digest === digest;
  if (pushed && isAsPushed) return { kind: 'pushed', iso: new Date(pushed.at).toISOString() };
  const made = digest && answers['registries.created'][imageOf(target, digest)];
  return made?.state === 'known' && made.value !== null ? { kind: 'created', iso: made.value } : undefined;
}

/**
 * What to ask next of tags of one repository, one thing at a time: which image a tag is, and where nothing is known of its push also when that was
 * made. Nothing more once anything has failed: the registry wants a login, has had enough, or is away.
 */
export function nextFact(tags: readonly OfferedTag[], answers: FactAnswers, now = Date.now()): Question | undefined {
  for (const tag of tags) {
    for (const next of questionsAbout(tag, answers)) {
      const answer = answers[next.question][next.about];
      if (answer === undefined || !isFresh(next.question, answer, now)) return next;
      if (answer.state !== 'known') return undefined;
    }
  }
  return undefined;
}

/** In their order: the second can be asked when the first is answered. */
function questionsAbout(tag: OfferedTag, answers: FactAnswers): Question[] {
  const { digest, date } = factsOf(tag, answers);
  const questions: Question[] = [{ question: 'registries.tag', about: tag.target }];
  if (digest !== undefined && date === undefined) questions.push(...aboutImage(tag.target, digest));
  return questions;
}

/**
 * When the image of a tag was made. Docker Hub is not asked: it counts each manifest that is read, and lets nobody read many
 * (https://docs.docker.com/docker-hub/usage/pulls/).
 */
export function aboutImage(target: string, digest: Digest): Question[] {
  if (target.startsWith(`${DOCKER_HUB}/`)) return [];
  return [{ question: 'registries.created', about: imageOf(target, digest) }];
}

/** The image of a tag by its digest, which is the same for all tags of it. */
function imageOf(target: string, digest: Digest): string {
  return `${target.slice(0, target.lastIndexOf(':'))}@${digest}`;
}
