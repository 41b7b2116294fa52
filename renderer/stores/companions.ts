import { create } from 'zustand';
import type { CompanionCounts } from '../../shared/signing.ts';

/** Whether what belongs to images goes along with them. */
export interface CompanionQuestion {
  counts: CompanionCounts;
  /** How the images are taken somewhere: one or several to a registry, or one to another place. */
  way: 'push' | 'pushMany' | 'export';
  /** Without a value nothing is pushed or exported. */
  answer: (takesAlong?: boolean) => void;
}

/** The question that is open, if any. */
export const useCompanionQuestion = create<{ asked: CompanionQuestion | undefined }>(() => ({ asked: undefined }));

/** Opens the question; one that is open already is closed without an answer. */
export function askAboutCompanions(question: Omit<CompanionQuestion, 'answer'>): Promise<boolean | undefined> {
  useCompanionQuestion.getState().asked?.answer();
  const { promise, resolve } = Promise.withResolvers<boolean | undefined>();
  const answer = (takesAlong?: boolean) => {
    useCompanionQuestion.setState({ asked: undefined });
    resolve(takesAlong);
  };
  useCompanionQuestion.setState({ asked: { ...question, answer } });
  return promise;
}
