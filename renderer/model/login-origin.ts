import type { TFunction } from 'i18next';
import type { LoginOrigin } from '../../shared/logins.ts';

/** Where a login comes from, in words. Well-known files go by the name of the tool that writes them. */
export function loginOriginText(origin: LoginOrigin, t: TFunction): string {
  if (origin.kind !== 'file') return t(`origin.${origin.kind}`);
  const path = origin.path ?? '';
  if (/[\\/]\.docker[\\/]config\.json$/.test(path)) return t('origin.docker');
  if (/[\\/]containers[\\/]auth\.json$/.test(path)) return t('origin.containers');
  return t('origin.file', { path });
}
