import { expect, test } from 'vitest';
import {
  type FactAnswers,
  factsOf,
  nextFact,
  type OfferedTag,
} from '../../../../renderer/features/picker/tag-facts.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { digestOf } from '../samples.ts';

const NOW = 1_000_000;
const TAGS: OfferedTag[] = ['1.2', '1.1'].map((tag) => ({
  target: `ghcr.io/acme/web:${tag}`,
  pushed: undefined,
  isListed: true,
}));
const [FIRST = expect.fail('none'), SECOND = expect.fail('none')] = TAGS;
const IMAGE = `ghcr.io/acme/web@${digestOf(1)}`;

const known = <T>(value: T, at = NOW) => ({ state: 'known', value, at }) as const;
const failed = { state: 'failed', error: new PushboatError('RATE_LIMITED', 'enough', {}), at: NOW } as const;

function answers(tags: FactAnswers['registries.tag'], images: FactAnswers['registries.created'] = {}): FactAnswers {
  return { 'registries.tag': tags, 'registries.created': images };
}

test('of each tag first its image is asked for, then when that was made, one thing at a time', () => {
  const asking = { state: 'asking' } as const;
  expect(nextFact(TAGS, answers({}), NOW)).toEqual({ question: 'registries.tag', about: FIRST.target });
  expect(nextFact(TAGS, answers({ [FIRST.target]: asking }), NOW)).toBeUndefined();
  const first = { [FIRST.target]: known({ digest: digestOf(1) }) };
  expect(nextFact(TAGS, answers(first), NOW)).toEqual({ question: 'registries.created', about: IMAGE });
  expect(nextFact(TAGS, answers(first, { [IMAGE]: asking }), NOW)).toBeUndefined();
  const second = { question: 'registries.tag', about: SECOND.target };
  expect(nextFact(TAGS, answers(first, { [IMAGE]: known('2026-11-02T03:04:05.000Z') }), NOW)).toEqual(second);
  expect(nextFact(TAGS, answers(first, { [IMAGE]: known(null) }), NOW)).toEqual(second);
  expect(nextFact(TAGS, answers({ [FIRST.target]: known(null) }), NOW)).toEqual(second);
});

test('tags of one image ask for its date once, and a date stays known where a tag may have moved', () => {
  const both = { [FIRST.target]: known({ digest: digestOf(1) }), [SECOND.target]: known({ digest: digestOf(1) }) };
  const made = { [IMAGE]: known('2026-11-02T03:04:05.000Z', 0) };
  expect(nextFact(TAGS, answers(both, made), NOW)).toBeUndefined();
  expect(nextFact(TAGS, answers(both, made), NOW + 61_000)).toEqual({
    question: 'registries.tag',
    about: FIRST.target,
  });
});

test('nothing more is asked once anything has failed', () => {
  expect(nextFact(TAGS, answers({ [FIRST.target]: failed }), NOW)).toBeUndefined();
  const first = { [FIRST.target]: known({ digest: digestOf(1) }) };
  expect(nextFact(TAGS, answers(first, { [IMAGE]: failed }), NOW)).toBeUndefined();
});

test('Docker Hub is asked for no image: it counts them', () => {
  const tag = { target: 'docker.io/acme/web:1', pushed: undefined, isListed: true };
  expect(nextFact([tag], answers({ [tag.target]: known({ digest: digestOf(1) }) }), NOW)).toBeUndefined();
});

test('a tag that was pushed from here has that time, until somebody else has moved it', () => {
  const pushed = { at: 5_000, digest: digestOf(1) };
  const tag = { ...FIRST, pushed };
  const date = { kind: 'pushed', iso: '1970-01-01T00:00:05.000Z' };
  expect(factsOf(tag, answers({}))).toEqual({ digest: undefined, date });
  expect(factsOf(tag, answers({ [tag.target]: known({ digest: digestOf(1) }) }))).toEqual({
    digest: digestOf(1),
    date,
  });
  const moved = answers(
    { [tag.target]: known({ digest: digestOf(2) }) },
    { [`ghcr.io/acme/web@${digestOf(2)}`]: known('2026-11-02T03:04:05.000Z') },
  );
  expect(factsOf(tag, moved).date).toEqual({ kind: 'created', iso: '2026-11-02T03:04:05.000Z' });
});
