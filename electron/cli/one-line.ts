/**
 * What a terminal would obey, or what would make text look like other text: control characters (C0 and C1, so also escape sequences,
 * line feeds and tabs), line and paragraph separators, the controls that turn the direction of writing, and characters without a width.
 * https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff\ufff9-\ufffb]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text of an image, a registry, a file or a person as a part of one line of a terminal: what is no printable character is written as
 * JavaScript would, `\n`, `\x1b` or `\u202e`. Every other character of every script stays.
 */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
}

/** JSON on one line whose strings hold none of these characters as they are: JSON itself lets those from U+007F on stand. */
export function safeJson(object: object): string {
  return JSON.stringify(object).replace(UNPRINTABLE, (character) => `\\u${hex(character.codePointAt(0) ?? 0, 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
