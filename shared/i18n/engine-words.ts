import { ERROR_CODES } from '../error-codes.ts';
import { fillBlanks } from '../language.ts';

/** A sentence of the engine, or a piece of one, and what it is in the other language. */
interface Sentence {
  /** With as little as possible in its first blanks, and with as much: a path may hold what stands between them. */
  ways: RegExp[];
  /** Text that it must contain: asking for that is cheaper. */
  needs: string;
  translation: string;
  /** Letters of its own. */
  letters: number;
}

/** A sentence with fewer letters of its own is somebody else's words as well, unless it holds one that is ours. */
const FEW_LETTERS = 6;

/** Of a text in the other language. */
interface Translated {
  text: string;
  /** Letters that were translated; 0: these are words of others. */
  known: number;
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
    if (text === '') return text;
    return this.#codeWords(text) ?? this.#translated(text, false, new Map()).text;
  }

  /** @param asOne a piece of what was taken apart at its punctuation, which is not taken apart any further. */
  #translated(text: string, asOne: boolean, before: Map<string, Translated>): Translated {
    const key = `${asOne} ${text}`;
    const known = before.get(key) ?? this.#best(text, asOne, before);
    before.set(key, known);
    return known;
  }

  /** Of all ways in which a text can be one of the sentences, the one that leaves least of it in English. */
  #best(text: string, asOne: boolean, before: Map<string, Translated>): Translated {
    const system = this.#systemWords(text);
    if (system !== undefined) return { text: system, known: text.length };
    this.#sentences ??= Object.entries(this.#texts.sentences)
      .map(sentence)
      .sort((one, other) => other.needs.length - one.needs.length);
    let best: Translated = this.#asSentence(text, asOne, before);
    for (const { ways, needs, translation, letters } of this.#sentences) {
      const isPunctuation = letters === 0;
      if (!text.includes(needs) || (asOne && isPunctuation)) continue;
      for (const way of ways) {
        const found = way.exec(text)?.slice(1);
        if (found === undefined) continue;
        const values = found.map((value) => this.#translated(value, isPunctuation, before));
        // Of two ways that know as much the one with fewer pieces is the right one.
        const within = values.reduce((sum, { known }) => sum + known, isPunctuation ? -1 : 0);
        const isTheirs = letters < FEW_LETTERS && values.length > 0 && within <= 0;
        if (!isTheirs && letters + within > best.known)
          best = {
            text: fillBlanks(
              translation,
              values.map((value) => value.text),
            ),
            known: letters + within,
          };
      }
    }
    return best;
  }

  /** A sentence within another one has lost its full stop. */
  #asSentence(text: string, asOne: boolean, before: Map<string, Translated>): Translated {
    const theirs = { text, known: 0 };
    if (!/^[A-Z].*[^.]$/s.test(text)) return theirs;
    const whole = this.#translated(`${text}.`, asOne, before);
    return whole.known === 0 ? theirs : { ...whole, text: whole.text.replace(/[.。]$/, '') };
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

function sentence([text, translation]: [string, string]): Sentence {
  const pieces = text.split('{}');
  const escaped = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const blanks = pieces.length > 2 ? ['(.*?)', '(.*)'] : ['(.*)'];
  return {
    ways: blanks.map((blank) => new RegExp(`^${escaped.join(blank)}$`, 's')),
    needs: pieces.toSorted((one, other) => other.length - one.length)[0] ?? '',
    translation,
    letters: text.match(/\p{L}/gu)?.length ?? 0,
  };
}
