/**
 * JSON as Go writes it. Configs are identified by the digest of their text, so what is carried over must keep its exact bytes: numbers
 * beyond 2^53, the order of keys within, and escapes would not survive `JSON.parse` and `JSON.stringify`.
 */

/** Characters that Go's `json.Marshal` escapes in strings so that the text may stand in HTML. */
const HTML_UNSAFE = /[<>&\u2028\u2029]/g;

/** A string as Go writes it. */
export function goString(text: string): string {
  return JSON.stringify(text).replace(HTML_UNSAFE, escaped);
}

/**
 * The members of a JSON object by name, their values as raw text without white space. The text must be valid JSON. Of a name that occurs
 * twice the last one counts, as in Go.
 */
export function rawMembers(text: string): Map<string, string> {
  const compact = compacted(text);
  const members = new Map<string, string>();
  let depth = 0;
  let name: string | undefined;
  let start = 1;
  for (let at = 0; at < compact.length; at++) {
    const char = compact.charAt(at);
    if (char === '"') {
      at = endOfString(compact, at);
    } else if (char === '{' || char === '[') {
      depth++;
    } else if (char === ':' && depth === 1 && name === undefined) {
      name = JSON.parse(compact.slice(start, at)) as string;
      start = at + 1;
    } else if (char === ',' || char === '}' || char === ']') {
      if (depth === 1 && name !== undefined) members.set(name, compact.slice(start, at));
      if (depth === 1) [name, start] = [undefined, at + 1];
      if (char !== ',') depth--;
    }
  }
  return members;
}

/** The object with these raw members, names sorted by their bytes, as Go writes a map. */
export function goObject(members: ReadonlyMap<string, string>): string {
  const byBytes = [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${byBytes.map(([name, value]) => `${goString(name)}:${value}`).join(',')}}`;
}

/** Without white space between tokens, and with Go's escapes. */
function compacted(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') {
      const end = endOfString(text, at);
      parts.push(text.slice(at, end + 1).replace(HTML_UNSAFE, escaped));
      at = end;
    } else if (char !== ' ' && char !== '\n' && char !== '\r' && char !== '\t') {
      parts.push(char);
    }
  }
  return parts.join('');
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** RFC 3339 as configs have it. */
const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/;
/** Go's time that is not set. */
const ZERO = '0001-01-01T00:00:00Z';

/**
 * A time as Go's encoding/json writes it after reading it: nanoseconds without trailing zeros, an offset of nothing as Z, and the year 1
 * where there is none. What is no time counts as none.
 */
export function goTime(text: string | undefined): string {
  const match = TIME.exec(text ?? '');
  if (!match) return ZERO;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  return `${seconds}${digits === '' ? '' : `.${digits}`}${zone === '+00:00' || zone === '-00:00' ? 'Z' : zone}`;
}
