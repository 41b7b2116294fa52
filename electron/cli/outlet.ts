import { Writable } from 'node:stream';
import { oneLine, safeJson } from './one-line.ts';

const ESC = '\u001b[';
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_TO_END = `${ESC}0J`;

/** What an outlet needs of a stream; `process.stdout` and a test's own streams have it. */
export type OutletStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/**
 * The only way to standard output and standard error. Whatever text goes out, a line stays a line, and only what stands in this file
 * drives the terminal. A stream that cannot be written any more stops nothing: what would go there is dropped, and `failure` says why.
 */
export class Outlet {
  readonly #stream: OutletStream;
  #failure: NodeJS.ErrnoException | undefined;
  #drawn = 0;

  constructor(stream: OutletStream) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => this.#fail(error));
  }

  get isTTY(): boolean {
    return this.#stream.isTTY ?? false;
  }

  /** Of the terminal; 80 where there is none. */
  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  /** Why this stream cannot be written. A reader that has closed its end (EPIPE) is no failure: it has what it wanted. */
  get failure(): NodeJS.ErrnoException | undefined {
    return this.#failure?.code === 'EPIPE' ? undefined : this.#failure;
  }

  /** True when nobody can get what is written any more. */
  get isClosed(): boolean {
    return this.#failure !== undefined;
  }

  line(text: string): void {
    this.lines([text]);
  }

  lines(texts: readonly string[]): void {
    if (texts.length > 0) this.#write(`${texts.map(oneLine).join('\n')}\n`);
  }

  json(object: object): void {
    this.#write(`${safeJson(object)}\n`);
  }

  /** Lines in the place of those that were drawn before; the cursor is hidden until `endDrawing`. */
  redraw(texts: readonly string[]): void {
    if (this.#drawn === 0) process.once('exit', this.#showCursor);
    const start = this.#drawn > 0 ? `${ESC}${this.#drawn}A\r` : HIDE_CURSOR;
    this.#write(`${start}${CLEAR_TO_END}${texts.map(oneLine).join('\n')}\n`);
    this.#drawn = texts.length;
  }

  /** What was drawn goes: a line can be written in its place, and the next drawing comes below it. */
  clearDrawing(): void {
    if (this.#drawn === 0) return;
    this.#write(`${ESC}${this.#drawn}A\r${CLEAR_TO_END}`);
    this.endDrawing();
  }

  /** What was drawn stays, and the cursor comes back. */
  endDrawing(): void {
    if (this.#drawn === 0) return;
    this.#drawn = 0;
    this.#showCursor();
    process.off('exit', this.#showCursor);
  }

  /** For readline alone, which moves the cursor while a person types an answer. `shown` false: nothing is echoed. */
  forTyping(shown: () => boolean): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (shown()) this.#write(chunk);
        done();
      },
    });
  }

  /** Resolves when all that was written is out, or cannot be. */
  async flush(): Promise<void> {
    if (this.#failure) return;
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
  }

  readonly #showCursor = (): void => this.#write(SHOW_CURSOR);

  #write(text: string | Buffer): void {
    if (this.#failure) return;
    this.#stream.write(text, (error) => {
      if (error) this.#fail(error);
    });
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#failure ??= error;
  }
}
