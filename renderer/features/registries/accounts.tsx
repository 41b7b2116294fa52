import { UserPlus, X } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { Form } from 'react-aria-components';
import type { LoginInfo } from '../../../shared/logins.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { loginOriginText } from '../../model/login-origin.ts';
import { openLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { announce } from '../../ui/announce.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';

/** The accounts that a registry has for some of its repositories, besides the one for all of them. */
export function Accounts({ registry }: { registry: string }) {
  const { t } = useTexts();
  const logins = useSettings((state) => state.logins);
  const [isAdding, setAdding] = useState(false);
  const accounts = logins.filter((login) => login.registry === registry && login.namespace !== undefined);
  return (
    <section aria-label={t('accounts.title')} className="overflow-hidden rounded-lg border border-line">
      <h3 className="section-title flex items-center justify-between gap-2 border-b border-line bg-sunken py-1 pr-2 pl-4">
        {t('accounts.title')}
        <Button look="quiet" size="small" icon={UserPlus} onPress={() => setAdding(true)}>
          {t('accounts.add')}
        </Button>
      </h3>
      {accounts.length === 0 ? <p className="px-4 py-2 text-sm text-quiet">{t('accounts.none')}</p> : null}
      <ul className="divide-y divide-line">
        {accounts.map((account) => (
          <Account key={`${account.namespace} ${loginOriginText(account.origin, t)}`} account={account} />
        ))}
      </ul>
      {isAdding ? <AddDialog registry={registry} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}

function Account({ account: { registry, namespace, username, origin } }: { account: LoginInfo }) {
  const { t } = useTexts();
  const place = `${registry}/${namespace}`;
  const remove = () => {
    const done = request('logins.logout', place).then(() => announce(t('registries.signedOut', { registry: place })));
    inBackground(done, showError);
  };
  return (
    <li className="flex items-center gap-3 py-1 pr-2 pl-4">
      <span className="selectable min-w-0 flex-1 truncate" title={place}>
        {place}
      </span>
      <span className="min-w-0 flex-1 truncate" title={username}>
        {username}
        <span className="text-sm text-quiet"> · {loginOriginText(origin, t)}</span>
      </span>
      <IconButton icon={X} label={t('accounts.remove', { place })} onPress={remove} />
    </li>
  );
}

/** Which repositories the account is for; the login itself is asked for as any other. */
function AddDialog({ registry, onClose }: { registry: string; onClose: () => void }) {
  const { t } = useTexts();
  const formId = useId();
  const [namespace, setNamespace] = useState('');
  const name = namespace.trim().replace(/^\/+|\/+$/g, '');
  const isValid = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/.test(name);
  return (
    <Dialog
      isOpen
      title={t('accounts.addTitle', { registry })}
      isDismissable={false}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form={formId} isDisabled={!isValid}>
            {t('registries.signIn')}
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (!isValid) return;
          onClose();
          openLogin(`${registry}/${name}`);
        }}
      >
        <TextField
          label={t('accounts.namespace')}
          help={t('accounts.namespaceHelp', { registry })}
          placeholder="acme"
          autoFocus
          value={namespace}
          onChange={setNamespace}
        />
      </Form>
    </Dialog>
  );
}
