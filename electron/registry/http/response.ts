import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { jsonOrUndefined } from '../../../shared/json.ts';

/** An HTTP response, read whole (responses of the distribution API are small; bodies are bounded). */
export interface ApiResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body was longer than what was asked for. */
  truncated: boolean;
  method: string;
  /** Where the response came from, after redirects. */
  url: URL;
}

/** The first value of a header. */
export function header(response: Pick<ApiResponse, 'headers'>, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Bytes of what a HEAD asks for; undefined when the answer does not say, or says how long it is when packed. */
export function sizeOf(response: Pick<ApiResponse, 'headers'>): number | undefined {
  const coding = header(response, 'content-encoding') ?? 'identity';
  const size = Number(header(response, 'content-length') ?? Number.NaN);
  return Number.isSafeInteger(size) && coding.trim().toLowerCase() === 'identity' ? size : undefined;
}

/** What a captive portal answers for everybody: https://www.rfc-editor.org/rfc/rfc6585#section-6 */
export const NETWORK_LOGIN = 511;

/** Whether the answer calls itself a web page. That alone proves nothing: see `isWebPage`. */
export function isMarkedHtml(response: Pick<ApiResponse, 'headers'>): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(header(response, 'content-type') ?? '');
}

/**
 * True for a web page where the API was expected: a proxy, a captive portal, or the wrong address. Its first bytes tell. The media
 * type does not: frameworks such as Quay's mark every answer as text/html, be it empty, `true`, or JSON
 * (https://github.com/quay/quay/blob/master/endpoints/v2/blob.py).
 */
export function isWebPage(response: ApiResponse): boolean {
  const start = textOf(response, 4096).replace(/^(?:\s+|<\?[^>]*>|<!--[\s\S]*?-->)*/, '');
  return /^<(?:!doctype\s+html|html|head|body)\b/i.test(start) || (isMarkedHtml(response) && /^<[!a-z]/i.test(start));
}

type ResponseText = Pick<ApiResponse, 'body' | 'headers'>;

/** The first `length` bytes of the body as text, without a byte order mark. */
export function textOf(response: ResponseText, length: number = response.body.length): string {
  return decoderOf(response).decode(response.body.subarray(0, length));
}

/** Of the character set that the answer or its page names: gateways speak the language of their country. UTF-8 where none is known. */
function decoderOf(response: ResponseText): TextDecoder {
  const type = header(response, 'content-type') ?? '';
  const page = response.body.toString('latin1', 0, 1024);
  const label =
    /charset\s*=\s*["']?([\w:.-]+)/i.exec(type) ?? /<meta\b[^>]{0,200}charset\s*=\s*["']?([\w:.-]+)/i.exec(page);
  try {
    return new TextDecoder(label?.[1] ?? 'utf-8');
  } catch {
    return new TextDecoder();
  }
}

/** The body as JSON, whatever the media type says; undefined when it is none. */
export function jsonOf(response: ResponseText): unknown {
  return jsonOrUndefined(textOf(response));
}
