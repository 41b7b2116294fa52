import type { Services } from '../services.ts';
import type { HandlersOf } from './types.ts';

export function practiceHandlers({ practice }: Pick<Services, 'practice'>): HandlersOf<'practice'> {
  return {
    'practice.start': () => practice.start(),
    'practice.end': () => practice.end(),
  };
}
