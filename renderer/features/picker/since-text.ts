import type { Texts } from '../../i18n/use-texts.ts';
import type { TagDate } from './tag-facts.ts';

/** Since when a tag is what it is, in brackets behind its digest; empty where that is not known. */
export function sinceText(date: TagDate | undefined, { t, format }: Pick<Texts, 't' | 'format'>): string {
  const age = format.age(date?.iso);
  return date === undefined || age === '' ? '' : t('target.since', { when: t(`picker.${date.kind}`, { when: age }) });
}
