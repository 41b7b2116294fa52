import type { TFunction } from 'i18next';
import { createContext, useContext } from 'react';
import { EngineWords } from '../../shared/i18n/engine-words.ts';
import zhSentences from '../../shared/i18n/engine-words.zh-CN.json' with { type: 'json' };
import zhErrors from '../../shared/i18n/errors.zh-CN.json' with { type: 'json' };
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDate,
  formatDay,
  formatDuration,
  formatList,
  formatPercent,
  formatProgress,
  formatRate,
  formatTime,
  joinSentences,
} from './format.ts';

const chinese = new EngineWords({ ...zhErrors, sentences: zhSentences });

/** The translator and the formats of one language. */
export function createTexts(t: TFunction, language: string) {
  return {
    t,
    language,
    /** Words of the engine, which are English, in this language. */
    said: (words: string) => (language === 'en' ? words : chinese.translate(words)),
    format: {
      bytes: (bytes: number) => formatBytes(bytes, language),
      rate: (bytesPerSecond: number) => formatRate(bytesPerSecond, language),
      progress: (sent: number, total: number) => formatProgress(sent, total, language),
      percent: (fraction: number) => formatPercent(fraction, language),
      list: (parts: readonly string[]) => formatList(parts, language),
      sentences: (sentences: readonly string[]) => joinSentences(sentences, language),
      count: (count: number) => formatCount(count, language),
      duration: (seconds: number) => formatDuration(seconds, language),
      age: (iso: string | undefined) => formatAge(iso, language),
      date: (date: string | number) => formatDate(date, language),
      day: (date: number) => formatDay(date, language),
      time: (date: number) => formatTime(date, language),
    },
  };
}

export type Texts = ReturnType<typeof createTexts>;

export const TextsContext = createContext<Texts | null>(null);

/** The texts of the language shown; a component that uses it follows a live switch. */
export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (texts === null) throw new Error('useTexts needs a TextsProvider above it');
  return texts;
}
