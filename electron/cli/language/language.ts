import { fillBlanks, languageOfEnvironment } from '../../../shared/language.ts';
import type { OtherLanguage } from './types.ts';

/** Tags a sentence of ours: `` say`Pushed ${image} to ${target}` ``. Its values are nobody's sentences, and stay. */
export type Say = (pieces: TemplateStringsArray, ...values: readonly (string | number)[]) => string;

/** The language that the environment asks for; undefined is English, for which nothing is loaded. */
export async function languageOfLocale(
  env: Readonly<Record<string, string | undefined>>,
): Promise<OtherLanguage | undefined> {
  if (languageOfEnvironment(env) === 'en') return undefined;
  const { CHINESE } = await import('./chinese.ts');
  return CHINESE;
}

const sayEnglish: Say = (pieces, ...values) => String.raw({ raw: pieces }, ...values);

/** How a command speaks to its person. */
export interface Speech {
  say: Say;
  /** For what was put together in English already. */
  said(this: void, words: string): string;
}

export const ENGLISH: Speech = { say: sayEnglish, said: (words) => words };

/** Speech in the language of the person at these streams. */
export function speechTo({ language }: { language?: OtherLanguage | undefined }): Speech {
  if (!language) return ENGLISH;
  const say: Say = (pieces, ...values) => {
    const translation = language.sentences[pieces.join('{}')];
    return translation === undefined ? sayEnglish(pieces, ...values) : fillBlanks(translation, values.map(String));
  };
  return { say, said: (words) => language.said(words) };
}
