import { Server } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { Form } from 'react-aria-components';
import type { LoginInfo } from '../../../shared/logins.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { knownRegistries } from '../../model/known-registries.ts';
import { loginOriginText } from '../../model/login-origin.ts';
import { openLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Page } from '../../ui/page.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Connection } from './connection.tsx';

const NO_POLICY: RegistryPolicy = {};

/** Every known registry with its login, where that comes from, and how to connect. */
export function RegistriesView() {
  const { t } = useTexts();
  const settings = useSettings((state) => state.settings);
  const logins = useSettings((state) => state.logins);
  const registries = useMemo(() => knownRegistries(settings, logins), [settings, logins]);
  return (
    <Page title={t('registries.title')}>
      <div className="mx-auto flex min-h-full max-w-3xl flex-col gap-4 p-4">
        <SignInElsewhere />
        {registries.length === 0 ? (
          <EmptyState icon={Server} title={t('registries.none')}>
            <p>{t('registries.noneBody')}</p>
          </EmptyState>
        ) : (
          <>
            <p className="text-quiet">{t('registries.body')}</p>
            <ul aria-label={t('registries.title')} className="divide-y divide-line rounded-lg border border-line">
              {registries.map((registry) => (
                <RegistryCard
                  key={registry}
                  registry={registry}
                  login={logins.find((login) => login.registry === registry)}
                  policy={settings.registries[registry] ?? NO_POLICY}
                />
              ))}
            </ul>
          </>
        )}
      </div>
    </Page>
  );
}

function SignInElsewhere() {
  const { t } = useTexts();
  const [registry, setRegistry] = useState('');
  const name = registry
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');
  return (
    <Form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (name !== '') openLogin(name);
      }}
      className="flex items-end gap-2"
    >
      <TextField
        label={t('registries.add')}
        placeholder="ghcr.io"
        value={registry}
        onChange={setRegistry}
        className="flex-1"
      />
      <Button type="submit" isDisabled={name === ''}>
        {t('registries.addButton')}
      </Button>
    </Form>
  );
}

interface RegistryCardProps {
  registry: string;
  login: LoginInfo | undefined;
  policy: RegistryPolicy;
}

function RegistryCard({ registry, login, policy }: RegistryCardProps) {
  return (
    <li className="space-y-3 p-4" aria-label={registry}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Server aria-hidden size={16} className="shrink-0 text-quiet" />
        <div className="min-w-40 flex-1">
          <h2 className="selectable font-semibold break-all">{registry}</h2>
          <LoginLine login={login} />
        </div>
        <LoginActions registry={registry} login={login} />
      </div>
      <Connection registry={registry} policy={policy} />
    </li>
  );
}

function LoginLine({ login }: { login: LoginInfo | undefined }) {
  const { t } = useTexts();
  if (login === undefined) return <p className="text-quiet">{t('registries.noLogin')}</p>;
  return (
    <p className="text-quiet" title={login.origin.path}>
      {t('target.login', { username: login.username, origin: loginOriginText(login.origin, t) })}
    </p>
  );
}

function LoginActions({ registry, login }: { registry: string; login: LoginInfo | undefined }) {
  const { t } = useTexts();
  const signOut = () => {
    const done = request('logins.logout', registry).then(() => announce(t('registries.signedOut', { registry })));
    inBackground(done, showError);
  };
  return (
    <div className="flex gap-2">
      <Button size="small" onPress={() => openLogin(registry)} aria-label={`${t('registries.signIn')} ${registry}`}>
        {t('registries.signIn')}
      </Button>
      {login === undefined ? null : (
        <Button size="small" onPress={signOut} aria-label={`${t('registries.signOut')} ${registry}`}>
          {t('registries.signOut')}
        </Button>
      )}
    </div>
  );
}
