import type { ErrorData } from '../../shared/errors.ts';
import type { Texts } from '../i18n/use-texts.ts';

/** Why it failed, in the other side's words where there are any: registry's errors, system's words, else our message. */
export function whyText(error: ErrorData, { t, said }: Texts): string {
  const entries = error.registryErrors ?? [];
  if (entries.length > 0) {
    return entries
      .map(({ code, message }) => (message === '' ? code : t('messages.registryCode', { code, message })))
      .join(' ');
  }
  if (error.detail === undefined || error.detail === '') return said(error.message);
  return isQuoted(error) ? error.detail : said(error.detail);
}

/** What came with a status is what the other side answered; only of a proxy it is what we say of its answer. */
function isQuoted({ code, status }: ErrorData): boolean {
  return status !== undefined && !code.startsWith('PROXY_');
}

/** The three parts of an error as people read it. */
export function errorParts(error: ErrorData, texts: Texts): { what: string; why: string; next: string | undefined } {
  const { t } = texts;
  return {
    what: t(`errors.${error.code}`),
    why: whyText(error, texts),
    next: error.hint === undefined ? undefined : t(`hints.${error.hint}`),
  };
}
