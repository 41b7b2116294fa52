import { ArrowLeft, Server } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { Form } from 'react-aria-components';
import type { LoginInfo } from '../../../shared/logins.ts';
import { connectionOf } from '../../../shared/registry-policy.ts';
import type { Settings } from '../../../shared/settings.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { knownRegistries, loginsByRegistry } from '../../model/known-registries.ts';
import { loginOriginText } from '../../model/login-origin.ts';
import { openLogin } from '../../stores/login.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Page } from '../../ui/page.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { RegistryDetail } from './registry-detail.tsx';

/** Every known registry, and of one at a time what applies to it. Where there is no room for both the list comes first. */
export function RegistriesView() {
  const { t } = useTexts();
  const settings = useSettings((state) => state.settings);
  const logins = useSettings((state) => state.logins);
  const registries = useMemo(() => knownRegistries(settings, logins), [settings, logins]);
  const [chosen, setChosen] = useState<string>();
  const isChosen = chosen !== undefined && registries.includes(chosen);
  const shown = isChosen ? chosen : registries[0];
  return (
    <Page title={t('registries.title')}>
      <div className="@container h-full">
        <div className="flex h-full min-h-0">
          <div
            className={classes(
              'w-full min-w-0 flex-col gap-3 overflow-y-auto p-3 @3xl:flex @3xl:w-[280px] @3xl:shrink-0 @3xl:border-r @3xl:border-line',
              isChosen ? 'hidden' : 'flex',
            )}
          >
            <AddRegistry />
            <List logins={logins} settings={settings} registries={registries} shown={shown} onChoose={setChosen} />
          </div>
          {shown === undefined ? null : (
            <div className={classes('min-w-0 flex-1 flex-col overflow-y-auto @3xl:flex', isChosen ? 'flex' : 'hidden')}>
              <RegistryDetail
                key={shown}
                registry={shown}
                back={
                  <IconButton
                    icon={ArrowLeft}
                    label={t('registries.back')}
                    onPress={() => setChosen(undefined)}
                    className="-ml-2 shrink-0 @3xl:hidden"
                  />
                }
              />
            </div>
          )}
        </div>
      </div>
    </Page>
  );
}

function AddRegistry() {
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

interface ListProps {
  registries: readonly string[];
  logins: readonly LoginInfo[];
  settings: Settings;
  shown: string | undefined;
  onChoose: (registry: string) => void;
}

function List({ registries, logins, settings, shown, onChoose }: ListProps) {
  const { t } = useTexts();
  const loginOf = loginsByRegistry(logins);
  const groups = [
    { id: 'signedIn', names: registries.filter((name) => loginOf.has(name)) },
    { id: 'others', names: registries.filter((name) => !loginOf.has(name)) },
  ] as const;
  if (registries.length === 0) {
    return (
      <EmptyState icon={Server} title={t('registries.none')}>
        <p>{t('registries.noneBody')}</p>
      </EmptyState>
    );
  }
  return groups.map(({ id, names }) =>
    names.length === 0 ? null : (
      <section key={id} aria-label={t(`registries.${id}`)}>
        <h2 className="section-title px-2 pb-1">{t(`registries.${id}`)}</h2>
        <ul>
          {names.map((registry) => (
            <li key={registry}>
              <button
                type="button"
                aria-current={registry === shown ? 'true' : undefined}
                onClick={() => onChoose(registry)}
                className={classes(
                  'flex w-full items-center gap-3 rounded-md px-2 py-1.5 text-left outline-offset-[-2px]',
                  registry === shown ? 'bg-selected' : 'hover:bg-hover',
                )}
              >
                <Server aria-hidden size={16} className="shrink-0 text-quiet" />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium" title={registry}>
                    {registry}
                  </span>
                  <Facts registry={registry} login={loginOf.get(registry)} settings={settings} />
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    ),
  );
}

/** What is special about it, in a few words. */
function Facts({ registry, login, settings }: { registry: string; login: LoginInfo | undefined; settings: Settings }) {
  const { t } = useTexts();
  const policy = settings.registries[registry] ?? {};
  const { plainHttp, verify } = connectionOf(registry, policy);
  const facts = [
    login ? `${login.username} · ${loginOriginText(login.origin, t)}` : t('registries.noLogin'),
    plainHttp === 'set' ? t('registries.facts.plainHttp') : verify ? '' : t('registries.facts.unverified'),
    policy.caFile === undefined ? '' : t('registries.facts.caFile'),
    policy.proxy === undefined ? '' : t('registries.facts.proxy'),
  ].filter(Boolean);
  const isOpen = plainHttp === 'set' || !verify;
  return (
    <span className={classes('block truncate text-sm', isOpen ? 'text-warn' : 'text-quiet')} title={facts.join(' · ')}>
      {facts.join(' · ')}
    </span>
  );
}
