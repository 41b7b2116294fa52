import { describe, expect, it } from 'vitest';
import { Presence } from '../../../../../electron/transfers/push/presence.ts';

/** Asks for many blobs at once, as a push does, and counts the questions. */
async function askFor(count: number, answer: (index: number) => boolean | Error, isSmall = () => true) {
  const presence = new Presence();
  let questions = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, index) =>
      presence.isThere(isSmall(), async () => {
        questions++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        const told = answer(index);
        if (told instanceof Error) throw told;
        return told;
      }),
    ),
  );
  return { questions, outcomes };
}

describe('which of the blobs of an image are asked for', () => {
  it('is a dozen of the small ones when the registry has none of those', async () => {
    const { questions, outcomes } = await askFor(200, () => false);
    expect(questions).toBe(12);
    expect(outcomes.every((outcome) => outcome.status === 'fulfilled' && !outcome.value)).toBe(true);
  });

  it('is every one as soon as the registry has one of them', async () => {
    const { questions, outcomes } = await askFor(50, (index) => index >= 11);
    expect(questions).toBe(50);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value)).toHaveLength(39);
  });

  it('is every large one', async () => {
    expect(
      (
        await askFor(
          50,
          () => false,
          () => false,
        )
      ).questions,
    ).toBe(50);
  });

  it('is another one in the place of one whose question fails', async () => {
    const { questions, outcomes } = await askFor(50, (index) => (index < 3 ? new Error('503') : false));
    expect(questions).toBe(15);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  });
});

it('is every one when the repository has the image', async () => {
  const presence = new Presence(Promise.resolve(true));
  let questions = 0;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      presence.isThere(true, async () => {
        questions++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return false;
      }),
    ),
  );
  expect(questions).toBe(50);
});
