import type { ErrorCode } from '../../shared/error-codes.ts';
import { PushboatError } from '../../shared/errors.ts';
import { HINTS, type HintKey } from '../../shared/hints.ts';
import type { CommandIo } from './io.ts';
import { speechTo } from './language/language.ts';
import type { OtherLanguage } from './language/types.ts';
import { oneLine } from './one-line.ts';

/** The three parts of an error for people: what happened, why, what to do next. No text within it begins a line of its own. */
export function describeError(error: PushboatError, language?: OtherLanguage): string {
  const { say, said } = speechTo({ language });
  const { registryErrors, detail, login, candidates, part, position } = error.facts;
  const message = said(error.message);
  // What is not known in the other language stands below the title of its kind.
  const isForeign = language !== undefined && message === error.message;
  const lines = isForeign ? [say`Error: ${language.title(error.code)}`, `  ${message}`] : [say`Error: ${message}`];
  const answers = registryErrors ?? [];
  for (const { code, message: words } of answers) lines.push(say`  The registry says: ${registryWords(code, words)}`);
  if (detail && answers.length === 0 && !error.message.includes(detail)) lines.push(say`  Because: ${said(detail)}`);
  if (login) lines.push(say`  Login tried: ${login.username} (from ${said(login.origin)})`);
  if (login === null) lines.push(say`  No login was found for this registry.`);
  if (part && position !== undefined) lines.push(say`  Where: the ${said(part)}, at character ${position + 1}`);
  if (candidates?.length) lines.push(say`  There are: ${candidates.slice(0, 20).join(', ')}`);
  if (error.hint) lines.push(`  ${hintText(error.hint, language)}`);
  return lines.map(oneLine).join('\n');
}

/** What to do next. */
export function hintText(hint: HintKey, language?: OtherLanguage): string {
  return language?.hint(hint) ?? HINTS[hint];
}

function registryWords(code: string, message: string): string {
  return code === '' ? message : `${message || code} (${code})`;
}

/** Tells a person of it, on standard error. */
export function printError(io: CommandIo, error: PushboatError): void {
  io.stderr.lines(describeError(error, io.language).split('\n'));
}

/** The same for `--json`: one object with the code for programs and the texts for people. */
export function errorObject(error: PushboatError): Record<string, unknown> {
  const { hint, ...data } = error.toData();
  return { type: 'error', ...data, ...(hint ? { hint: HINTS[hint], hintKey: hint } : {}) };
}

export function usageError(message: string): PushboatError {
  return new PushboatError('USAGE', message, { hint: 'run-help' });
}

/** What the command line returns to the shell. */
export const ExitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  login: 3,
  /** 128 + SIGINT, as shells expect of an interrupted command. */
  interrupted: 130,
} as const;

export function exitStatusOf(code: ErrorCode): number {
  switch (code) {
    case 'USAGE':
    case 'TARGET_REQUIRED':
    case 'TARGET_DIGEST':
    case 'REF_INVALID':
    case 'DESTINATION_INVALID':
      return ExitStatus.usage;
    case 'UNAUTHORIZED':
    case 'DENIED':
      return ExitStatus.login;
    case 'CANCELLED':
      return ExitStatus.interrupted;
    default:
      return ExitStatus.failed;
  }
}
