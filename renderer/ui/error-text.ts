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
  return error.detail === undefined || error.detail === '' ? error.message : error.detail;
}

/** The three parts of an error as people read it. */
export function errorParts(error: ErrorData, t: TFunction): { what: string; why: string; next: string | undefined } {
  return {
    what: t(`errors.${error.code}`),
    why: whyText(error, t),
    next: error.hint === undefined ? undefined : t(`hints.${error.hint}`),
  };
}
