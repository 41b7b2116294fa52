import { useEffect, useState } from 'react';
import { ASK_AFTER_MS } from './registry-answers.ts';

/** Whether what a registry would be asked about has stayed the same for as long as a person pauses between two keys. */
export function useSettled(wanted: string): boolean {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  return settled === wanted && wanted !== '';
}
