import { ExternalLink } from 'lucide-react';
import { knownRegistry } from '../../../shared/known-registries.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import { RichText } from '../../ui/rich-text.tsx';

/** What this registry takes as user name and password, where that is known; nothing is asked for it. */
export function AccountWants({ registry }: { registry: string }) {
  const { t } = useTexts();
  const { known, words } = useKnownRegistry(registry);
  if (words === undefined) return null;
  const { tokenPage } = known ?? {};
  return (
    <dl
      aria-label={t('login.takes', { registry })}
      className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md bg-sunken px-3 py-2.5"
    >
      <dt className="col-span-2 flex flex-wrap items-baseline gap-x-3">
        <span className="flex-1 font-semibold">{t('login.takes', { registry })}</span>
        {tokenPage === undefined ? null : (
          <Button look="link" onPress={() => inBackground(request('app.openExternal', tokenPage), showError)}>
            {t('login.makeToken')}
            <ExternalLink aria-hidden size={12} className="shrink-0" />
          </Button>
        )}
      </dt>
      <dt className="text-quiet">{t('login.username')}</dt>
      <dd className="break-words">
        <RichText text={typed(words.user)} />
      </dd>
      <dt className="text-quiet">{t('login.passwordShort')}</dt>
      <dd className="break-words">
        <RichText text={typed(words.password)} />
      </dd>
    </dl>
  );
}

/** What stands in backticks is typed as it is. */
function typed(words: string): string {
  return words.replace(/`([^`]*)`/g, '<d>$1</d>');
}

/** What is known of the registry itself, whatever repositories of it an account is for. */
export function useKnownRegistry(registry: string) {
  const { language } = useTexts();
  const known = knownRegistry(registry.split('/', 1)[0] ?? registry);
  return { known, words: known?.words[language === 'zh-CN' ? 'zh-CN' : 'en'] };
}
