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

/** True for a web page where the API was expected: a proxy, a captive portal, or the wrong address. */
export function isHtml(answer: Answer): boolean {
  return (
    /^\s*text\/html\b/i.test(header(answer, 'content-type') ?? '') ||
    /^\s*<(?:!doctype html|html)\b/i.test(textOf(answer, 64))
  );
}

/** The first `length` bytes of the body as text. */
export function textOf(answer: Answer, length: number = answer.body.length): string {
  return answer.body.subarray(0, length).toString('utf8');
}
