import type { ErrorCode } from '../../shared/error-codes.ts';
import { type ErrorFacts, PushboatError } from '../../shared/errors.ts';
import type { HintKey } from '../../shared/hints.ts';

/** Bound of every JSON document of an image, in bytes: what registries accept as a manifest. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

/** What a document is, so that errors can name it. */
export interface JsonContext extends ErrorFacts {
  /** As in `The <what> is not valid JSON`. */
  what: string;
  /** Code for text that is not JSON. */
  code: ErrorCode;
  hint?: HintKey;
  /** Instead of `MAX_JSON_BYTES`. */
  maxBytes?: number | undefined;
  /** `any`: what is not UTF-8 is read as well as can be. */
  encoding?: 'utf-8' | 'any';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Bytes that are no UTF-8 become U+FFFD. */
const anyText = new TextDecoder('utf-8');

/**
 * Parses a bounded JSON document in UTF-8.
 * @throws PushboatError TOO_LARGE beyond 4 MiB; `context.code` for text that is not JSON, with line, column and offset.
 */
export function parseJson(bytes: Uint8Array, context: JsonContext): unknown {
  const { what, code, encoding = 'utf-8', maxBytes = MAX_JSON_BYTES, ...facts } = context;
  const where = facts.path === undefined ? '' : ` (${facts.path})`;
  if (bytes.byteLength > maxBytes) {
    throw new PushboatError(
      'TOO_LARGE',
      `The ${what}${where} is larger than ${maxBytes / 1024 ** 2} MiB (${bytes.byteLength} bytes).`,
      facts,
    );
  }
  let text: string;
  try {
    text = (encoding === 'any' ? anyText : utf8).decode(bytes);
  } catch (cause) {
    throw new PushboatError(code, `The ${what}${where} is not text in UTF-8.`, { ...facts, cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = jsonFault(text, cause);
    throw new PushboatError(code, `The ${what}${where} is not valid JSON: ${why.text}.`, {
      ...facts,
      detail: why.text,
      position: why.position,
      cause,
    });
  }
}

/** Says where JSON goes wrong. V8 tells the offset in its message, except where the text simply ends. */
function jsonFault(text: string, cause: unknown): { text: string; position: number } {
  const found = cause instanceof Error ? /at position (\d+)/.exec(cause.message) : null;
  const position = found ? Math.min(Number(found[1]), text.length) : text.length;
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  const place = `position ${position} (line ${line}, column ${column})`;
  if (text.trim() === '') return { text: 'the file is empty', position: 0 };
  return position >= text.trimEnd().length
    ? { text: `it is cut off at ${place}`, position }
    : { text: `unexpected ${JSON.stringify(text.charAt(position))} at ${place}`, position };
}
