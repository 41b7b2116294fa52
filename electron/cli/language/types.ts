import type { HintKey } from '../../../shared/hints.ts';

/** What `--help` says beyond the options, by what it is the help of. */
export interface LongHelp {
  /** Of every command. */
  command: string;
  program: string;
  push: string;
  login: string;
  completion: string;
}

/** A language of the command line besides English, which stands in the sources. */
export interface OtherLanguage {
  /** By the English sentence, with `{}` for each of its values. */
  sentences: Readonly<Record<string, string>>;
  /** Descriptions of commands and options, and headings, by the English ones. */
  help: Readonly<Record<string, string>>;
  longHelp: LongHelp;
  hint(key: HintKey): string;
  /** The title of an error with this code. */
  title(code: string): string;
  /** A sentence of the engine or of ours that was put together already. Words of others stay as they are. */
  said(words: string): string;
}
