import { create } from 'zustand';

interface TrustState {
  /** Jobs whose question was put off. */
  dismissed: readonly string[];
}

export const useTrust = create<TrustState>(() => ({ dismissed: [] }));

export function dismissTrust(jobId: string): void {
  useTrust.setState(({ dismissed }) => ({ dismissed: [...dismissed, jobId] }));
}

export function openTrust(jobId: string): void {
  useTrust.setState(({ dismissed }) => ({ dismissed: dismissed.filter((id) => id !== jobId) }));
}
