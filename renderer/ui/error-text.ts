import type { TFunction } from 'i18next';
import type { ErrorData } from '../../shared/errors.ts';

/** Why it failed, in the other side's words where there are any: registry's errors, system's words, else our message. */
export function whyText(error: ErrorData, t: TFunction): string {
  const entries = error.registryErrors ?? [];
  if (entries.length > 0) {
    return entries
      .map(({ code, message }) => (message === '' ? code : t('messages.registryCode', { code, message })))
      .join(' ');
  }
  if (error.detail === undefined || error.detail === '') return error.message;
  return systemWords(error.detail, t) ?? error.detail;
}

/** Codes of the system whose words there are in each language. */
const REASONS = [
  'EACCES',
  'EAI_AGAIN',
  'EBUSY',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDQUOT',
  'EHOSTUNREACH',
  'EIO',
  'EISDIR',
  'EMFILE',
  'ENETUNREACH',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'ENOTFOUND',
  'EPERM',
  'EROFS',
  'ETIMEDOUT',
] as const;

/** `permission denied (EACCES)` in the language of the window; undefined for what is not the system's alone. */
function systemWords(detail: string, t: TFunction): string | undefined {
  const code = /^[\w ,/-]+ \((E[A-Z_]+)\)$/.exec(detail)?.[1];
  const known = REASONS.find((reason) => reason === code);
  return known && `${t(`reasons.${known}`)} (${known})`;
}

/** The three parts of an error as people read it. */
export function errorParts(error: ErrorData, t: TFunction): { what: string; why: string; next: string | undefined } {
  return {
    what: t(`errors.${error.code}`),
    why: whyText(error, t),
    next: error.hint === undefined ? undefined : t(`hints.${error.hint}`),
  };
}
