import type { IncomingHttpHeaders } from 'undici/types/header.js';

/** An HTTP answer, read whole (answers of the distribution API are small; bodies are bounded). */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body was longer than what was asked for. */
  truncated: boolean;
  method: string;
  /** Where the answer came from, after redirects. */
  url: URL;
}

/** The first value of a header. */
export function header(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Bytes of what a HEAD asks for; undefined when the answer does not say, or says how long it is when packed. */
export function sizeOf(answer: Pick<Answer, 'headers'>): number | undefined {
  const coding = header(answer, 'content-encoding') ?? 'identity';
  const size = Number(header(answer, 'content-length') ?? Number.NaN);
  return Number.isSafeInteger(size) && coding.trim().toLowerCase() === 'identity' ? size : undefined;
}

/** Whether the answer calls itself a web page. That alone proves nothing: see `isWebPage`. */
export function isMarkedHtml(answer: Pick<Answer, 'headers'>): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(header(answer, 'content-type') ?? '');
}

/**
 * True for a web page where the API was expected: a proxy, a captive portal, or the wrong address. Its first bytes tell. The media
 * type does not: frameworks such as Quay's mark every answer as text/html, be it empty, `true`, or JSON
 * (https://github.com/quay/quay/blob/master/endpoints/v2/blob.py).
 */
export function isWebPage(answer: Answer): boolean {
  const start = textOf(answer, 4096).replace(/^(?:\s+|<\?[^>]*>|<!--[\s\S]*?-->)*/, '');
  return /^<(?:!doctype\s+html|html|head|body)\b/i.test(start) || (isMarkedHtml(answer) && /^<[!a-z]/i.test(start));
}

/** The first `length` bytes of the body as text, without a byte order mark. */
export function textOf(answer: Pick<Answer, 'body'>, length: number = answer.body.length): string {
  return new TextDecoder().decode(answer.body.subarray(0, length));
}

/** The body as JSON, whatever the media type says; undefined when it is none. */
export function jsonOf(answer: Pick<Answer, 'body'>): unknown {
  try {
    return JSON.parse(textOf(answer)) as unknown;
  } catch {
    return undefined;
  }
}
