import { wholeText } from '../http/redact.ts';
import type { ApiResponse } from '../http/response.ts';

/** One challenge of `WWW-Authenticate` (RFC 9110, 11.6.1). Scheme and parameter names are in lower case. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
  /** For schemes that use the `token68` form instead of parameters. */
  token68?: string;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)(?:"|$)/y;
/** Forgiving: an unquoted address holds characters that a token may not. */
const UNQUOTED = /[^\s,"]+/y;
const SEPARATORS = /[\s,]*/y;
const SPACE = /[ \t]*/y;
const END = /[ \t]*(?:,|$)/y;

/**
 * All challenges of one or several `WWW-Authenticate` headers, in order. Forgiving: several schemes in one header, commas in
 * quotes, escaped quotes, any letter case; what cannot be understood is skipped.
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] {
  if (header === undefined) return [];
  const headers = typeof header === 'string' ? [header] : header;
  return headers.flatMap((text) => new ChallengeReader(text).read());
}

class ChallengeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Challenge[] {
    const challenges: Challenge[] = [];
    while (true) {
      this.#take(SEPARATORS);
      if (this.#at >= this.#text.length) return challenges;
      const start = this.#at;
      const name = this.#take(TOKEN);
      if (name === undefined) {
        this.#at = start + 1;
        continue;
      }
      const value = this.#value();
      const current = challenges.at(-1);
      if (value === undefined) challenges.push(this.#begin(name));
      else if (current !== undefined) current.parameters[name.toLowerCase()] ??= value;
    }
  }

  /** The value after `=`, or undefined when the name was a scheme. */
  #value(): string | undefined {
    const start = this.#at;
    this.#take(SPACE);
    if (this.#text[this.#at] !== '=') {
      this.#at = start;
      return undefined;
    }
    this.#at++;
    this.#take(SPACE);
    const quoted = this.#take(QUOTED, 1);
    return quoted === undefined ? (this.#take(UNQUOTED) ?? '') : quoted.replace(/\\([\s\S])/g, '$1');
  }

  #begin(name: string): Challenge {
    const challenge: Challenge = {
      scheme: name.toLowerCase(),
      parameters: Object.create(null) as Record<string, string>,
    };
    const start = this.#at;
    this.#take(SPACE);
    const token68 = this.#at > start ? this.#take(TOKEN68) : undefined;
    // It is a token68 only when nothing but the end or a comma follows it; else it was the name of a parameter or scheme.
    if (token68 !== undefined && this.#isBefore(END)) challenge.token68 = token68;
    else this.#at = start;
    return challenge;
  }

  #isBefore(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #take(pattern: RegExp, group = 0): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[group];
  }
}

/** The host of the token server that a challenge names. */
export function realmHost({ parameters: { realm = '' } }: Challenge): string {
  return URL.parse(realm)?.host ?? realm;
}

/** Tells token servers, and what they are asked for, apart. */
export function serverKey({ parameters: { realm = '', service = '' } }: Challenge): string {
  return `${realm}\n${service}`;
}

/** The reason that a challenge gives (RFC 6750, 3), where the answer itself may have none. */
export function challengeWords(response: ApiResponse): string | undefined {
  const words = parseChallenges(response.headers['www-authenticate']).map(
    ({ parameters }) => parameters.error_description ?? '',
  );
  return wholeText(words.filter(Boolean).join('; ')) || undefined;
}

/** The schemes that a refusal asks for, where there is none among them that takes a password or a token. */
export function unknownSchemes(response: ApiResponse): string[] {
  const schemes = parseChallenges(response.headers['www-authenticate']).map(({ scheme }) => scheme);
  return schemes.some((scheme) => scheme === 'basic' || scheme === 'bearer') ? [] : [...new Set(schemes)];
}

/** A 401 that says that the account is known but may not do this. */
export function lacksRight(response: ApiResponse): boolean {
  return parseChallenges(response.headers['www-authenticate']).some(
    ({ parameters }) => parameters.error === 'insufficient_scope',
  );
}
