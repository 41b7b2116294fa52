import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatPercent,
  formatProgress,
  formatRate,
} from './format.ts';

/** The translator and the formats of the language shown; a component that uses it follows a live switch. */
export function useTexts() {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  const format = useMemo(
    () => ({
      bytes: (bytes: number) => formatBytes(bytes, language),
      rate: (bytesPerSecond: number) => formatRate(bytesPerSecond, language),
      progress: (sent: number, total: number) => formatProgress(sent, total, language),
      percent: (fraction: number) => formatPercent(fraction, language),
      count: (count: number) => formatCount(count, language),
      duration: (seconds: number) => formatDuration(seconds, language),
      age: (iso: string | undefined) => formatAge(iso, language),
      date: (date: string | number) => formatDate(date, language),
    }),
    [language],
  );
  return { t, language, format };
}
