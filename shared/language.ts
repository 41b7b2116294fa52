/** Languages that Pushboat speaks. */
export type Language = 'en' | 'zh-CN';

/** That of a locale such as `zh-CN`, `zh_TW.UTF-8` or `de`; English for all that is not Chinese. */
export function languageOf(locale: string): Language {
  return /^zh(?![a-z])/i.test(locale) ? 'zh-CN' : 'en';
}

/** Of a process: LC_ALL before LC_MESSAGES before LANG (POSIX, 8.2 Internationalization Variables). */
export function languageOfEnvironment(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  const [, charset = 'utf-8'] = /\.([^@]+)/.exec(locale) ?? [];
  // All that is printed is UTF-8, of which a terminal of another charset (GBK, Big5) shows English only.
  return /^utf-?8$/i.test(charset) ? languageOf(locale) : 'en';
}

/** A sentence with its values: `{}` takes them in their order, `{2}` the second. */
export function fillBlanks(sentence: string, values: readonly string[]): string {
  let next = 0;
  return sentence.replace(
    /\{(\d?)\}/g,
    (_, number: string) => values[number === '' ? next++ : Number(number) - 1] ?? '',
  );
}
