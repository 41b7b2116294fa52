/** Longest text of the other side within a sentence. */
const MAX_TEXT = 500;

/** Longest text of the other side at all: more than an answer that is read has. */
const MAX_WHOLE = 64 * 1024;

const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b(authorization\s*[:=]\s*)(?:(?:basic|bearer)\s+)?[^\s,;"']+/gi, '$1…'],
  // The word after it in a sentence is no secret: `Basic authentication is disabled`.
  [
    /\b(basic|bearer)\s+(?!auth(?:entication|orization)\b|credentials?\b|challenges?\b)[A-Za-z0-9._~+/=-]{8,}/gi,
    '$1 …',
  ],
  [
    /\b(password|passwd|secret|access_token|refresh_token|identitytoken|token|client_secret)(["']?\s*[=:]\s*["']?)[^\s&,;"'}]+/gi,
    '$1$2…',
  ],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s@"']{1,2048}@/gi, '$1'],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s?"'<>]{1,2048})\?[^\s"'<>]+/gi, '$1?…'],
];

/** `text` without secrets: Authorization, tokens, passwords, user info and queries (signed URLs) of addresses. */
export function redact(text: string): string {
  return RULES.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** Words of the other side, whole, fit to be shown: redacted, on one line, without control characters (a terminal would obey them). */
export function wholeText(text: string): string {
  return redact(text.slice(0, MAX_WHOLE).replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

/** The same within a sentence: at most 500 characters. */
export function shownText(text: string): string {
  // The cut comes first as well, so that the patterns never run over more than is shown.
  const line = wholeText(text.slice(0, 4 * MAX_TEXT));
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}
