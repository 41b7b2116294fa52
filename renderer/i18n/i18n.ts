import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { HINTS } from '../../shared/hints.ts';
import enErrors from '../../shared/i18n/errors.en.json' with { type: 'json' };
import zhErrors from '../../shared/i18n/errors.zh-CN.json' with { type: 'json' };
import { type Language, languageOf } from '../../shared/language.ts';
import en from './en.json' with { type: 'json' };
import zhCN from './zh-CN.json' with { type: 'json' };

/** All texts. The English hints are the command line's own, save where those speak of its options. */
export const resources = {
  en: { translation: { ...en, ...enErrors, hints: { ...HINTS, ...en.hints } } },
  'zh-CN': { translation: { ...zhCN, errors: zhErrors.errors, hints: zhErrors.hints } },
} as const;

/** The language to show: the chosen one, or the system's when it is Chinese, else English. */
export function languageFor(chosen: Language | 'system', systemLocale: string): Language {
  if (chosen !== 'system') return chosen;
  return languageOf(systemLocale);
}

function createTranslator(): i18n {
  const instance = createInstance();
  void instance.use(initReactI18next).init({
    resources,
    lng: 'en',
    fallbackLng: 'en',
    initAsync: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  return instance;
}

/** The window's one i18next instance; ready at once, since all texts are in the bundle. */
export const texts = createTranslator();

/** Switches the language live, for the texts and for assistive technology. */
export async function showLanguage(language: Language): Promise<void> {
  document.documentElement.lang = language;
  if (texts.language !== language) await texts.changeLanguage(language);
}
