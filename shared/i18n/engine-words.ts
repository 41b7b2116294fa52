import { ERROR_CODES } from '../error-codes.ts';

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

/** What sentences are translated by. */
export interface EngineTexts {
  /** By the English sentence, with `{}` for what it takes in. */
  sentences: Readonly<Record<string, string>>;
  /** Titles by the code of an error. */
  errors: Readonly<Record<string, string>>;
  /** The system's words by its code, `ENOENT` and so on. */
  reasons: Readonly<Record<string, string>>;
}

/**
 * Makes the words of the engine those of another language. What the engine says is English: logs and receipts keep it, and it is remembered
 * with transfers that ended long ago. Its sentences are the keys of their translations, as with gettext, with `{}` for what they take in,
 * which may be a sentence itself. Words of a registry, of the system or of another program are no sentences of the engine, and stay as they
 * are.
 */
export class EngineWords {
  readonly #texts: EngineTexts;
  #sentences: Sentence[] | undefined;

  constructor(texts: EngineTexts) {
    this.#texts = texts;
  }

  translate(text: string): string {
    return text === '' ? text : (this.#codeWords(text) ?? this.#translated(text) ?? text);
  }

  #translated(text: string): string | undefined {
    return this.#systemWords(text) ?? this.#bySentences(text, () => true);
  }

  /** Without taking anybody's words apart at their punctuation. */
  #translatedAsOne(text: string): string | undefined {
    return this.#systemWords(text) ?? this.#bySentences(text, (each) => !isPunctuation(each));
  }

  #bySentences(text: string, counts: (sentence: Sentence) => boolean): string | undefined {
    this.#sentences ??= Object.entries(this.#texts.sentences)
      .map(sentence)
      .sort((one, other) => other.certainty - one.certainty || other.needs.length - one.needs.length);
    for (const each of this.#sentences) {
      if (!text.includes(each.needs) || !counts(each)) continue;
      const values = this.#valuesIn(text, each);
      if (values === undefined) continue;
      const translate = (value: string) =>
        isPunctuation(each) ? this.#translatedAsOne(value) : this.#translated(value);
      return filled(
        each.translation,
        values.map((value) => translate(value) ?? value),
      );
    }
    return undefined;
  }

  /** Punctuation alone makes nobody's words ours: one of the values has to be. */
  #valuesIn(text: string, each: Sentence): string[] | undefined {
    const [fewest, most] = each.matches.map((way) => way.exec(text)?.slice(1));
    if (fewest === undefined || most === undefined) return undefined;
    const known = (values: string[]) => values.filter((value) => this.#translatedAsOne(value) !== undefined).length;
    // A path may hold what stands between the values: the way in which more of them are known is the right one.
    const values = fewest.length > 1 && known(most) > known(fewest) ? most : fewest;
    return isPunctuation(each) && known(values) === 0 ? undefined : values;
  }

  /** `connection lost`: the code of an error as words. */
  #codeWords(text: string): string | undefined {
    const known = ERROR_CODES.find((code) => code.toLowerCase().replaceAll('_', ' ') === text);
    return known && this.#texts.errors[known];
  }

  /** `permission denied (EACCES)`; undefined for what is not the system's alone. */
  #systemWords(text: string): string | undefined {
    const code = /^[\w ,/-]+ \((E[A-Z_]+)\)$/.exec(text)?.[1];
    const known = code === undefined ? undefined : this.#texts.reasons[code];
    return known && `${known} (${code})`;
  }
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
