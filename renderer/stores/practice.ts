import { create } from 'zustand';
import type { PracticeInfo } from '../../shared/practice.ts';

/** The practice registry that runs; null while none does. */
export const usePractice = create<{ info: PracticeInfo | null }>(() => ({ info: null }));
