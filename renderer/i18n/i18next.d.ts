import 'i18next';
import type { HintKey } from '../../shared/hints.ts';
import type errors from '../../shared/i18n/errors.en.json';
import type en from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & typeof errors & { hints: Record<HintKey, string> } };
  }
}
