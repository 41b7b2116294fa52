import { PushboatError } from '../../../shared/errors.ts';

export type TomlValue = string | number | boolean | TomlValue[] | TomlTable;
export interface TomlTable {
  [key: string]: TomlValue;
}

/** Arrays and inline tables within each other: a hostile file must not exhaust the stack. */
const MAX_NESTING = 32;

/**
 * Reads the part of TOML that `storage.conf` uses: tables, dotted keys, strings on one line, numbers, booleans, arrays and inline
 * tables. Dates, multi-line strings and arrays of tables do not occur there, and are refused rather than guessed at.
 * @throws PushboatError STORE_INVALID with the line.
 */
export function parseToml(text: string, path: string): TomlTable {
  return new TomlReader(text, path).document();
}

class TomlReader {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  document(): TomlTable {
    const root = emptyTable();
    let table = root;
    for (;;) {
      this.#skip(/[\s]*(?:#[^\n]*\s*)*/y);
      if (this.#at >= this.#text.length) return root;
      if (this.#take('[')) {
        if (this.#take('[')) throw this.#wrong('an array of tables is not expected here');
        table = this.#tableAt(root, this.#key());
        this.#expect(']');
      } else {
        this.#pair(table, 0);
      }
      this.#skip(/[ \t]*(?:#[^\n]*)?/y);
      if (this.#at < this.#text.length && !/[\r\n]/.test(this.#text.charAt(this.#at)))
        throw this.#wrong('the line should end here');
    }
  }

  #pair(table: TomlTable, depth: number): void {
    const keys = this.#key();
    this.#expect('=');
    const name = keys.pop() ?? '';
    const target = this.#tableAt(table, keys);
    if (Object.hasOwn(target, name)) throw this.#wrong(`${JSON.stringify(name)} is set twice`);
    target[name] = this.#value(depth);
  }

  /** `a."b".c`, with blanks around. */
  #key(): string[] {
    const keys: string[] = [];
    do {
      this.#blanks();
      const bare = this.#match(/[A-Za-z0-9_-]+/y);
      const key = bare ?? this.#string();
      if (key === undefined) throw this.#wrong('a key is expected');
      keys.push(key);
      this.#blanks();
    } while (this.#take('.'));
    return keys;
  }

  #tableAt(root: TomlTable, keys: readonly string[]): TomlTable {
    let table = root;
    for (const key of keys) {
      const next = (table[key] ??= emptyTable());
      if (typeof next !== 'object' || Array.isArray(next)) throw this.#wrong(`${JSON.stringify(key)} is not a table`);
      table = next;
    }
    return table;
  }

  #value(depth: number): TomlValue {
    if (depth > MAX_NESTING) throw this.#wrong('it is nested too deep');
    this.#blanks();
    if (this.#take('[')) return this.#array(depth);
    if (this.#take('{')) return this.#inlineTable(depth);
    const text = this.#string();
    if (text !== undefined) return text;
    const word = this.#match(/[A-Za-z0-9_+.-]+/y) ?? '';
    if (word === 'true' || word === 'false') return word === 'true';
    if (/^[+-]?\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?$|^0[xob][\dA-Fa-f_]+$/.test(word))
      return Number(word.replaceAll('_', ''));
    throw this.#wrong('a value is expected');
  }

  #array(depth: number): TomlValue[] {
    const values: TomlValue[] = [];
    for (;;) {
      this.#skip(/\s*(?:#[^\n]*\s*)*/y);
      if (this.#take(']')) return values;
      values.push(this.#value(depth + 1));
      this.#skip(/\s*(?:#[^\n]*\s*)*/y);
      if (this.#take(',')) continue;
      this.#expect(']');
      return values;
    }
  }

  #inlineTable(depth: number): TomlTable {
    const table = emptyTable();
    this.#blanks();
    if (this.#take('}')) return table;
    do this.#pair(table, depth + 1);
    while (this.#blanks().#take(','));
    this.#expect('}');
    return table;
  }

  #string(): string | undefined {
    if (/"""|'''/y.test(this.#text.slice(this.#at, this.#at + 3)))
      throw this.#wrong('a string of several lines is not expected');
    const literal = this.#match(/'[^'\n\r]*'/y);
    if (literal !== undefined) return literal.slice(1, -1);
    const basic = this.#match(/"(?:[^"\\\n\r]|\\.)*"/y);
    return basic === undefined ? undefined : this.#unescape(basic.slice(1, -1));
  }

  #unescape(text: string): string {
    return text.replace(/\\(u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|.)/gu, (_, code: string) => {
      const simple = ESCAPES[code];
      if (simple !== undefined) return simple;
      const point = code.length > 1 ? Number.parseInt(code.slice(1), 16) : Number.NaN;
      if (!(point <= 0x10ffff)) throw this.#wrong(`\\${code} is not an escape`);
      return String.fromCodePoint(point);
    });
  }

  #blanks(): this {
    this.#skip(/[ \t]*/y);
    return this;
  }

  #skip(pattern: RegExp): void {
    this.#match(pattern);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    const isThere = this.#text.startsWith(character, this.#at);
    if (isThere) this.#at += character.length;
    return isThere;
  }

  #expect(character: string): void {
    if (!this.#blanks().#take(character)) throw this.#wrong(`${character} is expected`);
  }

  #wrong(why: string): PushboatError {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    const detail = `line ${line}: ${why}`;
    return new PushboatError('STORE_INVALID', `${this.#path} cannot be understood: ${detail}.`, {
      path: this.#path,
      position: this.#at,
      detail,
    });
  }
}

const ESCAPES: Record<string, string> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\x1b',
  '"': '"',
  '\\': '\\',
};

/** Without a prototype: a key `__proto__` is a key like any other. */
function emptyTable(): TomlTable {
  return Object.create(null) as TomlTable;
}
