import type { TFunction } from 'i18next';
import { LockOpen, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { RegistryAccess, SettingOrigin } from '../../../shared/registry-access.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { fileName } from '../../model/file-name.ts';
import { loginOriginText } from '../../model/login-origin.ts';
import { openLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { announce } from '../../ui/announce.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { NameText } from '../../ui/middle-text.tsx';
import { Select } from '../../ui/select.tsx';
import { useRegistryInfo } from '../picker/use-registry-info.ts';
import type { SavePolicy } from './limits.tsx';
import { ProxyDialog } from './proxy-dialog.tsx';

interface AccessTableProps {
  access: RegistryAccess;
  policy: RegistryPolicy;
  save: SavePolicy;
}

/** What applies to a registry, where each part comes from, and how to change it. */
export function AccessTable({ access, policy, save }: AccessTableProps) {
  const { t } = useTexts();
  const { tls, clientCertificate, blocked } = access;
  return (
    <div className="@container overflow-hidden rounded-lg border border-line">
      <table className="w-full table-fixed border-collapse">
        <caption className="sr-only">{t('registries.applies')}</caption>
        <thead>
          <tr className="section-title border-b border-line bg-sunken text-left">
            <th scope="col" className="w-24 py-2 pl-4 @xl:w-28">
              {t('registries.applies')}
            </th>
            <th scope="col">
              <span className="sr-only">{t('registries.value')}</span>
            </th>
            <th scope="col" className="hidden w-[30%] @xl:table-cell">
              {t('registries.comesFrom')}
            </th>
            <th scope="col" className="w-20 @xl:w-24">
              <span className="sr-only">{t('registries.change')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <LoginRow access={access} />
          <Row name={t('registries.rows.connection')} origin={originText(tls.origin, t)}>
            <ConnectionChoice access={access} policy={policy} save={save} />
            <Used registry={access.registry} />
          </Row>
          {tls.kind === 'none' || tls.kind === 'unverified' ? null : <CertificatesRow access={access} save={save} />}
          {clientCertificate === null ? null : (
            <Row name={t('registries.rows.clientCertificate')} origin={originText(clientCertificate.origin, t)}>
              <span className="selectable font-mono text-sm break-all">{clientCertificate.certificate}</span>
            </Row>
          )}
          {tls.kind === 'pinned' ? (
            <Row name={t('registries.rows.pinned')} origin={originText(tls.origin, t)}>
              <span className="selectable font-mono text-sm break-all">{tls.fingerprint256}</span>
            </Row>
          ) : null}
          <ProxyRow access={access} policy={policy} save={save} />
          <Row name={t('registries.rows.rules')} origin={blocked === null ? '' : originText(blocked, t)}>
            {blocked === null ? t('registries.rulesNone') : <span className="text-bad">{t('registries.blocked')}</span>}
          </Row>
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  name: string;
  origin: string;
  action?: ReactNode;
  children: ReactNode;
}

/** Where there is no room for a column of its own the origin stands below the value. */
function Row({ name, origin, action, children }: RowProps) {
  return (
    <tr className="h-10 border-b border-line last:border-b-0">
      <th scope="row" className="py-2 pl-4 text-left font-normal text-quiet">
        {name}
      </th>
      <td className="min-w-0 py-1.5 pr-2 break-words">
        {children}
        <Origin text={origin} className="@xl:hidden" />
      </td>
      <td className="hidden min-w-0 py-1.5 pr-2 @xl:table-cell">
        <Origin text={origin} />
      </td>
      <td className="py-1.5 pr-4 text-right">{action}</td>
    </tr>
  );
}

/** Of a path the file is what must be seen. */
function Origin({ text, className }: { text: string; className?: string }) {
  if (text === '') return null;
  return (
    <span className={classes('selectable block min-w-0 text-sm text-quiet', className)} title={text}>
      {/[\\/]/.test(text) ? <NameText text={text} /> : text}
    </span>
  );
}

function LoginRow({ access: { registry, login } }: { access: RegistryAccess }) {
  const { t } = useTexts();
  const signOut = () => {
    const done = request('logins.logout', registry).then(() => announce(t('registries.signedOut', { registry })));
    inBackground(done, showError);
  };
  return (
    <Row
      name={t('registries.rows.login')}
      origin={login === null ? '' : loginOriginText(login.origin, t)}
      action={
        login === null ? (
          <Button look="link" onPress={() => openLogin(registry)} aria-label={`${t('registries.signIn')} ${registry}`}>
            {t('registries.signIn')}
          </Button>
        ) : (
          <Button look="link" onPress={signOut} aria-label={`${t('registries.signOut')} ${registry}`}>
            {t('registries.signOut')}
          </Button>
        )
      }
    >
      {login === null ? <span className="text-quiet">{t('registries.noLogin')}</span> : login.username}
    </Row>
  );
}

/** What is really used, where it is not what people expect. */
function Used({ registry }: { registry: string }) {
  const { t } = useTexts();
  const scheme = useRegistryInfo(registry)?.scheme;
  if (scheme !== 'http') return null;
  return (
    <p className="flex items-center gap-1.5 pt-1 text-sm text-warn">
      <LockOpen aria-hidden size={13} className="shrink-0" />
      {t('registries.usedHttp')}
    </p>
  );
}

const TLS_CHOICES = ['verify', 'no-verify', 'plain-http'] as const;
const WITH_PINNED = ['verify', 'pinned', 'no-verify', 'plain-http'] as const;

function ConnectionChoice({ access: { registry, tls }, policy, save }: AccessTableProps) {
  const { t } = useTexts();
  // One certificate can be pinned only where it was shown: in the dialog of a push.
  const choices = policy.tls === 'pinned' ? WITH_PINNED : TLS_CHOICES;
  const textOf = (id: (typeof WITH_PINNED)[number]) =>
    id === 'verify' && tls.mayFallBack && policy.tls === undefined
      ? t('registries.tls.fallback')
      : t(`registries.tls.${id}`);
  return (
    <Select
      label={t('registries.connectionTo', { registry })}
      hideLabel
      options={choices.map((id) => ({ id, text: textOf(id) }))}
      value={policy.tls ?? (tls.kind === 'unverified' ? 'no-verify' : 'verify')}
      onChange={(chosen) => save({ tls: chosen })}
      className="max-w-80"
    />
  );
}

function CertificatesRow({ access: { registry, caFiles }, save }: Pick<AccessTableProps, 'access' | 'save'>) {
  const { t } = useTexts();
  const choose = async () => {
    const caFile = await request('app.chooseFile', 'ca');
    if (caFile !== null) save({ caFile });
  };
  return (
    <Row
      name={t('registries.rows.certificates')}
      origin={[
        ...new Set(caFiles.map(({ path, origin }) => (origin.kind === 'file' ? path : originText(origin, t)))),
      ].join(', ')}
      action={
        <Button
          look="link"
          aria-label={t('registries.chooseCaFileOf', { registry })}
          onPress={() => inBackground(choose(), showError)}
        >
          {t('registries.caFileShort')}
        </Button>
      }
    >
      {caFiles.map(({ path, origin }) => (
        <span key={path} className="flex items-center gap-1">
          <span className="selectable min-w-0 truncate" title={path}>
            {fileName(path)}
          </span>
          {origin.kind === 'settings' ? (
            <IconButton
              icon={X}
              label={t('registries.removeCaFile', { registry })}
              onPress={() => save({ caFile: undefined })}
            />
          ) : null}
        </span>
      ))}
      <span className="text-quiet">{t(caFiles.length === 0 ? 'registries.systemCas' : 'registries.andSystemCas')}</span>
    </Row>
  );
}

function ProxyRow({ access: { registry, proxy }, policy, save }: AccessTableProps) {
  const { t } = useTexts();
  const [isChanging, setChanging] = useState(false);
  return (
    <Row
      name={t('registries.rows.proxy')}
      origin={originText(proxy.origin, t)}
      action={
        <Button look="link" aria-label={t('registries.changeProxyOf', { registry })} onPress={() => setChanging(true)}>
          {t('registries.change')}
        </Button>
      }
    >
      {proxy.kind === 'direct' ? (
        <span className="text-quiet">{t('registries.noProxy')}</span>
      ) : (
        <span className="selectable">
          <span className="break-all">{proxy.url}</span>
          {proxy.username === undefined ? null : (
            <span className="block truncate text-quiet" title={proxy.username}>
              {proxy.username}
            </span>
          )}
        </span>
      )}
      {isChanging ? (
        <ProxyDialog
          registry={registry}
          proxy={policy.proxy}
          onSave={(chosen) => save({ proxy: chosen })}
          onClose={() => setChanging(false)}
        />
      ) : null}
    </Row>
  );
}

function originText({ kind, name, path }: SettingOrigin, t: TFunction): string {
  return path ?? t(`settingOrigin.${kind}`, { name: name ?? '' });
}
