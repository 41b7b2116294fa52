import { type Command, InvalidArgumentError } from 'commander';
import { MAX_REQUESTS, MAX_UPLOADS } from '../../shared/choices.ts';

/** Options that several commands have. */

export function withRegistryOptions(command: Command): Command {
  return withTlsOptions(command)
    .option(
      '--creds <user[:password]>',
      'login for the registry. USER alone asks for the password, and - reads USER:PASSWORD from standard input; a password on the command line can be seen by others on this computer',
    )
    .option('--authfile <file>', 'file with logins, instead of the usual ones', parsePath);
}

export function withTlsOptions(command: Command): Command {
  return withDebug(command)
    .option(
      '--tls-verify [true|false]',
      'false: do not check certificates, and use HTTP if HTTPS does not answer (default: true)',
      parseBoolean,
    )
    .option(
      '--cert-dir <folder>',
      'CAs (*.crt) and client certificate (*.cert, *.key) of the registry, instead of those of certs.d',
      parsePath,
    );
}

/** Of commands that ask registries. */
function withDebug(command: Command): Command {
  return command.option('--debug', 'print requests, responses, waits and decisions on standard error, without secrets');
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, one object per line, also for errors');
}

/**
 * A variable of a script that is not set must not mean that the option was not given. Behind `=` shells leave `~` alone, and a folder of that
 * name is nobody's wish.
 */
export function parsePath(text: string): string {
  if (text === '') throw new InvalidArgumentError('expected a path.');
  if (/^~[/\\]/.test(text)) throw new InvalidArgumentError('the shell has left ~ as it is: write the whole path.');
  return text;
}

/** Of an option that may be repeated. */
export function addValue(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Of an option by whose second value the first would be lost without a word. */
export function onlyOnce(
  parse: (text: string) => string = (text) => text,
): (text: string, previous?: string) => string {
  return (text, previous) => {
    if (previous === undefined) return parse(text);
    throw new InvalidArgumentError('expected once: push to each place, or from each list, by itself.');
  };
}

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

/** Bytes: `500k`, `2.5M`, `16MiB`. Undefined for what is no such amount. */
export function bytesOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmg]i?)?b?$/i.exec(text);
  const bytes = Math.round(Number(match?.[1]) * (UNITS[(match?.[2] ?? '').toLowerCase()] ?? 1));
  return bytes >= 1 ? bytes : undefined;
}

export function parseSize(text: string): number {
  const bytes = bytesOf(text);
  if (bytes !== undefined && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('expected a size such as 16M or 512MiB.');
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds; a number without a unit means seconds. */
export function parseDuration(text: string): number {
  const [, amount, unit = 's'] = /^(\d{1,6}(?:\.\d+)?)([smh])?$/i.exec(text.trim()) ?? [];
  if (amount !== undefined) return Number(amount) * (UNIT_MS[unit.toLowerCase()] ?? 0);
  throw new InvalidArgumentError('expected a duration such as 90s, 10m or 2h, or 0.');
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number from 1.');
}

/** Of `--parallel`. */
export function parseUploads(text: string): number {
  return parseAtMost(MAX_UPLOADS, text);
}

/** Of `--requests`. */
export function parseRequests(text: string): number {
  return parseAtMost(MAX_REQUESTS, text);
}

function parseAtMost(most: number, text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new InvalidArgumentError(`expected a number from 1 to ${most}.`);
}

/** `default` takes back what was set before. */
export function orDefault<Value>(parse: (text: string) => Value): (text: string) => Value | 'default' {
  return (text) => (text === 'default' ? text : parse(text));
}

export function parseBoolean(text: string): boolean {
  if (isBoolean(text)) return /^(1|t|true)$/i.test(text);
  throw new InvalidArgumentError('expected true or false.');
}

function isBoolean(text: string): boolean {
  return /^(1|0|t|f|true|false)$/i.test(text);
}

/** Options that alone mean true, and may have a value. */
const BOOLEANS = ['--tls-verify', '--plain-http', '--disable-content-trust'];

/** The options of a program that have no value. */
export function flagsOf(program: Command): Set<string> {
  const commands = program.commands.flatMap((one) => [one, ...one.commands]);
  const flags = commands.flatMap(({ options }) => options).filter(({ required, optional }) => !required && !optional);
  return new Set(flags.flatMap(({ long }) => long ?? []));
}

/**
 * `--tls-verify` alone means true, and the next word is its value only where it is one: commander would take any. Options without a value may
 * have one behind `=`, as those of programs in Go: `--quiet=true`. What follows `--` is no option.
 */
export function joinBooleans(args: readonly string[], flags: ReadonlySet<string> = new Set()): string[] {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const joined = options.flatMap((arg, index) => {
    const [, flag = '', given = ''] = /^(--[a-z-]+)=(.*)$/.exec(arg) ?? [];
    if (flags.has(flag) && isBoolean(given)) return parseBoolean(given) ? [flag] : [];
    const before = BOOLEANS.includes(options[index - 1] ?? '');
    if (before && isBoolean(arg)) return [];
    if (!BOOLEANS.includes(arg)) return [arg];
    const value = options[index + 1];
    return [`${arg}=${value !== undefined && isBoolean(value) ? value : 'true'}`];
  });
  return [...joined, ...args.slice(options.length)];
}
