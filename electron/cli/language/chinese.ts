import { EngineWords } from '../../../shared/i18n/engine-words.ts';
import engineSentences from '../../../shared/i18n/engine-words.zh-CN.json' with { type: 'json' };
import { errors, hints, reasons } from '../../../shared/i18n/errors.zh-CN.json' with { type: 'json' };
import composed from './composed.zh-CN.json' with { type: 'json' };
import help from './help.zh-CN.json' with { type: 'json' };
import ownHints from './hints.zh-CN.json' with { type: 'json' };
import { CHINESE_HELP } from './long-help.zh-CN.ts';
import sentences from './sentences.zh-CN.json' with { type: 'json' };
import type { OtherLanguage } from './types.ts';
import words from './words.zh-CN.json' with { type: 'json' };

const engine = new EngineWords({ errors, reasons, sentences: { ...engineSentences, ...composed } });
/** Single words, which within sentences may be names. */
const vocabulary: Readonly<Record<string, string>> = words;
const titles: Readonly<Record<string, string>> = errors;

/** Loaded where the environment asks for it only: the English command line starts without these texts. */
export const CHINESE: OtherLanguage = {
  sentences,
  help,
  longHelp: CHINESE_HELP,
  // Where the window speaks of its own buttons, the command line speaks of its options.
  hint: (key) => ({ ...hints, ...ownHints })[key],
  title: (code) => titles[code] ?? code,
  said: (text) => vocabulary[text] ?? amount(text) ?? engine.translate(text),
};

/** `3 days`, `1 blob`. */
function amount(text: string): string | undefined {
  const [, count, unit] = /^(\d+) ([a-z]+?)s?$/.exec(text) ?? [];
  return count === undefined ? undefined : vocabulary[`{} ${unit}`]?.replace('{}', count);
}
