import { type Command, InvalidArgumentError } from 'commander';

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
  return command.option(
    '--tls-verify [true|false]',
    'false: do not check certificates, and use HTTP if HTTPS does not answer (default: true)',
    parseBoolean,
  );
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, one object per line, also for errors');
}

/** A variable of a script that is not set must not mean that the option was not given. */
export function parsePath(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('expected a path.');
}

function parseBoolean(text: string): boolean {
  if (isBoolean(text)) return /^(1|t|true)$/i.test(text);
  throw new InvalidArgumentError('expected true or false.');
}

function isBoolean(text: string): boolean {
  return /^(1|0|t|f|true|false)$/i.test(text);
}

/**
 * `--tls-verify` alone means true, and the next word is its value only where it is one: commander would take any. What follows `--` is no
 * option.
 */
export function joinBooleans(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const joined = options.flatMap((arg, index) => {
    const before = index > 0 && options[index - 1] === '--tls-verify';
    if (before && isBoolean(arg)) return [];
    if (arg !== '--tls-verify') return [arg];
    const value = options[index + 1];
    return [`--tls-verify=${value !== undefined && isBoolean(value) ? value : 'true'}`];
  });
  return [...joined, ...args.slice(options.length)];
}
