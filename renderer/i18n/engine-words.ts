import type { TFunction } from 'i18next';
import { ERROR_CODES } from '../../shared/error-codes.ts';
import zhCN from './engine-words.zh-CN.json' with { type: 'json' };

/** A sentence of the engine, or a piece of one, and what it is in the other language. */
interface Sentence {
  /** With as little as possible in its first blanks, and with as much. */
  matches: [RegExp, RegExp];
  /** Text that it must contain: asking for that is cheaper. */
  needs: string;
  translation: string;
  /** Its order among all: with more words of its own a sentence is the more certain one. */
  certainty: number;
}

/**
 * The words of the engine in the language of the window. What the engine says is English: the command line prints it, logs and receipts keep
 * it, and it is remembered with transfers that ended long ago. Its sentences are the keys of their translations, as with gettext, with `{}`
 * for what they take in, which may be a sentence itself. Words of a registry, of the system or of another program are no sentences of the
 * engine, and stay as they are.
 */
export function engineWords(text: string, t: TFunction, language: string): string {
  if (language === 'en' || text === '') return text;
  return codeWords(text, t) ?? translated(text, t) ?? text;
}

let sentences: Sentence[] | undefined;

function translated(text: string, t: TFunction): string | undefined {
  return systemWords(text, t) ?? bySentences(text, t, () => true);
}

/** Without taking anybody's words apart at their punctuation. */
function translatedAsOne(text: string, t: TFunction): string | undefined {
  return systemWords(text, t) ?? bySentences(text, t, (each) => !isPunctuation(each));
}

function bySentences(text: string, t: TFunction, counts: (sentence: Sentence) => boolean): string | undefined {
  sentences ??= Object.entries(zhCN)
    .map(sentence)
    .sort((one, other) => other.certainty - one.certainty || other.needs.length - one.needs.length);
  for (const each of sentences) {
    if (!text.includes(each.needs) || !counts(each)) continue;
    const values = valuesIn(text, each, t);
    if (values === undefined) continue;
    const translate = isPunctuation(each) ? translatedAsOne : translated;
    return filled(
      each.translation,
      values.map((value) => translate(value, t) ?? value),
    );
  }
  return undefined;
}

/** Punctuation alone makes nobody's words ours: one of the values has to be. */
function valuesIn(text: string, each: Sentence, t: TFunction): string[] | undefined {
  const [fewest, most] = each.matches.map((way) => way.exec(text)?.slice(1));
  if (fewest === undefined || most === undefined) return undefined;
  const known = (values: string[]) => values.filter((value) => translatedAsOne(value, t) !== undefined).length;
  // A path may hold what stands between the values: the way in which more of them are known is the right one.
  const values = fewest.length > 1 && known(most) > known(fewest) ? most : fewest;
  return isPunctuation(each) && known(values) === 0 ? undefined : values;
}

function isPunctuation({ certainty }: Sentence): boolean {
  return certainty === 0;
}

function sentence([text, translation]: [string, string]): Sentence {
  const pieces = text.split('{}');
  const escaped = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const [needs = ''] = pieces.toSorted((one, other) => other.length - one.length);
  return {
    matches: [new RegExp(`^${escaped.join('(.*?)')}$`, 's'), new RegExp(`^${escaped.join('(.*)')}$`, 's')],
    needs,
    translation,
    certainty: text.match(/\p{L}/gu)?.length ?? 0,
  };
}

/** `{}` takes the values in their order, `{2}` the second. */
function filled(translation: string, values: readonly string[]): string {
  let next = 0;
  return translation.replace(
    /\{(\d?)\}/g,
    (_, number: string) => values[number === '' ? next++ : Number(number) - 1] ?? '',
  );
}

/** `connection lost`: the code of an error as words. */
function codeWords(text: string, t: TFunction): string | undefined {
  const known = ERROR_CODES.find((code) => code.toLowerCase().replaceAll('_', ' ') === text);
  return known && t(`errors.${known}`);
}

/** Codes of the system whose words there are in each language. */
const REASONS = [
  'EACCES',
  'EAI_AGAIN',
  'EBUSY',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDQUOT',
  'EHOSTUNREACH',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENETUNREACH',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'ENOTFOUND',
  'EPERM',
  'EROFS',
  'ETIMEDOUT',
] as const;

/** `permission denied (EACCES)` in the language of the window; undefined for what is not the system's alone. */
function systemWords(text: string, t: TFunction): string | undefined {
  const code = /^[\w ,/-]+ \((E[A-Z_]+)\)$/.exec(text)?.[1];
  const known = REASONS.find((reason) => reason === code);
  return known && `${t(`reasons.${known}`)} (${known})`;
}
