import 'i18next';
import type { HintKey } from '../../shared/hints.ts';
import type en from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en & { hints: Record<HintKey, string> } };
  }
}
