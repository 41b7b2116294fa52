import type { Socket } from 'node:net';

/** Interim answers (1xx) before an answer: a server that goes on and on with them never answers. */
const MAX_INTERIM = 1000;

/** Bytes of an answer's headers that are taken. Registries behind several proxies send tens of kilobytes. */
export const MAX_HEAD_BYTES = 128 * 1024;

/** An answer that breaks HTTP so that nobody could read it; `message` says how. */
class BrokenResponseError extends Error {
  readonly code = 'PUSHBOAT_BROKEN_RESPONSE';
}

/** Who knows whether the head of an answer comes next on a connection. */
export interface HeadState {
  awaitsHead: boolean;
  /** It is the answer to HEAD: nothing belongs behind it. */
  asksForHead: boolean;
}

/**
 * Lets the connection bring heads of answers as undici's strict parser wants them: registries and proxies exist that send what other
 * clients take (Go's net/http for one). Bodies pass as they are.
 */
export function mendHeads(socket: Socket, state: HeadState): void {
  const push = socket.push.bind(socket);
  let held: Buffer = Buffer.alloc(0);
  let interim = 0;
  /** The latest answer had no body. What comes behind it all the same is that of a server that gives one to HEAD, too. */
  let hadNoBody = false;
  const release = (): boolean => {
    const bytes = held;
    held = Buffer.alloc(0);
    return bytes.length === 0 || push(bytes);
  };
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (chunk === null) {
      release();
      return push(null);
    }
    if (!state.awaitsHead && hadNoBody) {
      socket.destroy();
      return false;
    }
    if (!state.awaitsHead) return push(chunk, encoding);
    held = Buffer.concat([held, chunk]);
    try {
      if (hadNoBody && !mayBeHead(held)) throw strayBody();
      held = withoutInterim(held, () => {
        if (++interim > MAX_INTERIM) throw new BrokenResponseError('it sends interim answers (1xx) without end');
      });
      const end = headEnd(held);
      if (end === undefined && mayBeHead(held)) return true;
      state.awaitsHead = false;
      interim = 0;
      if (end !== undefined) held = mended(held, end, state.asksForHead);
      hadNoBody = end !== undefined && state.asksForHead;
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new BrokenResponseError(String(error)));
      return false;
    }
    return release();
  };
}

/** A head in order, and what has come behind it; nothing belongs behind an answer to HEAD, and the connection is no good any more. */
function mended(bytes: Buffer, end: number, asksForHead: boolean): Buffer {
  const rest = bytes.subarray(end);
  if (asksForHead && rest.length > 0) return mendedHead(bytes.subarray(0, end), true);
  return Buffer.concat([mendedHead(bytes.subarray(0, end)), rest]);
}

/** As for any other connection that has ended while nobody asked: the request on it goes out again. */
function strayBody(): Error {
  return Object.assign(new Error('the answer to HEAD had a body'), { code: 'ECONNRESET' });
}

/** Without the 1xx answers in front, which a server may send unasked (RFC 9110, 15.2). */
function withoutInterim(bytes: Buffer, onInterim: () => void): Buffer {
  let rest = bytes;
  if (/^HTTP\/1\.[01] 101\s/.test(rest.toString('latin1', 0, 13)))
    throw new BrokenResponseError('it changes to another protocol (101), which nobody asked for');
  while (/^HTTP\/1\.[01] 1(?!01)\d\d\s/.test(rest.toString('latin1', 0, 13))) {
    const end = headEnd(rest);
    if (end === undefined) break;
    onInterim();
    rest = rest.subarray(end);
  }
  return rest;
}

/** Where the head ends, after its empty line; lines may end without CR (RFC 9112, 2.2). */
function headEnd(bytes: Buffer): number | undefined {
  const match = /\n\r?\n/.exec(bytes.toString('latin1', 0, MAX_HEAD_BYTES));
  return match === null || !mayBeHead(bytes) ? undefined : match.index + match[0].length;
}

function mayBeHead(bytes: Buffer): boolean {
  return bytes.length < MAX_HEAD_BYTES && 'HTTP/'.startsWith(bytes.toString('latin1', 0, 5));
}

/** A line that goes on in the next one, as in old HTTP (RFC 9112, 5.2). */
const FOLD = /\r?\n[ \t]+/g;

/** No space before the colon (RFC 9112, 5.1), and no control characters, which other clients let pass. */
function mendedLine(line: string): string {
  return line.replace(/[\0-\x08\x0b-\x1f\x7f]/g, ' ').replace(/^([\w!#$%&'*+.^`|~-]+)[ \t]+:/, '$1:');
}

/**
 * A head in which one length, or chunks, tell where the body ends (RFC 9112, 6.3).
 * @param isLast no other answer is to be read from its connection.
 * @throws BrokenResponseError when there are two lengths.
 */
export function mendedHead(head: Buffer, isLast = false): Buffer {
  const text = head.toString('latin1');
  const lines = text
    .replace(FOLD, ' ')
    .split(/\r?\n/)
    .map(mendedLine)
    .filter((line, at) => at === 0 || line === '' || line.includes(':'))
    // A body as it is, in HTTP of old (RFC 9112, C.2.2).
    .filter((line) => !/^transfer-encoding:\s*identity\s*$/i.test(line));
  const lengths = lines.flatMap((line) => /^content-length:\s*(.*?)\s*$/i.exec(line)?.[1]?.split(/\s*,\s*/) ?? []);
  const chunked = lines.some((line) => /^transfer-encoding:.*\bchunked\s*$/i.test(line));
  const isOdd = /(?:^|[^\r])\n/.test(text) || lines.join('\r\n') !== text;
  const isAmbiguous = lengths.length > (chunked ? 0 : 1);
  const closes = isLast || closesUnsaid(lines);
  if (!isOdd && !isAmbiguous && !closes) return head;
  if (!chunked && new Set(lengths).size > 1) {
    throw new BrokenResponseError(
      `it sends two different Content-Length (${lengths.slice(0, 2).join(' and ')}): something in front of the registry is broken`,
    );
  }
  const [status = '', ...others] = lines.filter((line) => line !== '' && !/^content-length:/i.test(line));
  const [length] = chunked ? [] : lengths;
  // What is behind such an answer on the same connection would be anybody's guess.
  const closing = isAmbiguous || closes ? ['connection: close'] : [];
  const kept = closing.length > 0 ? others.filter((line) => !/^(?:connection|keep-alive):/i.test(line)) : others;
  const framing = length === undefined ? [] : [`content-length: ${length}`];
  return Buffer.from([status, ...kept, ...framing, ...closing, '', ''].join('\r\n'), 'latin1');
}

/**
 * Whether the other side ends the connection after this answer without saying so: tinyproxy hands the registry's head on as it is, and
 * closes. https://github.com/tinyproxy/tinyproxy/issues/563
 */
function closesUnsaid(lines: readonly string[]): boolean {
  return lines.some((line) => /^via:.*\(tinyproxy\b/i.test(line));
}
