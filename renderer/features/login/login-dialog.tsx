import { KeyRound } from 'lucide-react';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Form } from 'react-aria-components';
import { type ErrorData, type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import { knownRegistry } from '../../../shared/known-registries.ts';
import type { HelperOffer, Remember, RememberOptions } from '../../../shared/logins.ts';
import type { LoginRequest } from '../../../shared/transfer-events.ts';
import { request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { dismissLogin, rememberName, useLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { RichText } from '../../ui/rich-text.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { AccountWants, useKnownRegistry } from './account-wants.tsx';

const FOR_WHOLE_REGISTRIES: readonly Remember[] = ['docker-file', 'image-store'];

interface LoginDialogProps {
  /** With a path for an account of the repositories there: `ghcr.io/acme`. */
  registry: string;
  /** Why a job asks; absent when a person signs in on their own. */
  reason: LoginRequest | undefined;
  /** Names of the images whose transfers wait for this login. */
  waiting: readonly string[];
}

/**
 * Signs in to one registry. The password lives in this component's state only, is cleared after every try, and is gone
 * with the dialog.
 */
export function LoginDialog({ registry, reason, waiting }: LoginDialogProps) {
  const { t } = useTexts();
  const formId = useId();
  const { values, setValues, options, isBusy, error, signIn, passwordInput } = useSignIn(registry, reason);
  const { known } = useKnownRegistry(registry);
  const canSend = values.username !== '' && values.password !== '' && !isBusy;
  return (
    <Dialog
      isOpen
      title={t('login.title', { registry })}
      isDismissable={false}
      onClose={() => dismissLogin(registry)}
      footer={
        <>
          <Button onPress={() => dismissLogin(registry)}>{t('login.notNow')}</Button>
          <Button look="primary" type="submit" form={formId} isDisabled={!canSend} className="min-w-28">
            {isBusy ? t('login.checking') : t('login.signIn')}
          </Button>
        </>
      }
    >
      <GoesOn waiting={waiting} />
      {error === undefined ? <Reason reason={reason} /> : <Refused registry={registry} error={error.toData()} />}
      <AccountWants registry={registry} />
      <Form
        id={formId}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (canSend) signIn();
        }}
        className="space-y-3"
      >
        <TextField
          label={t('login.username')}
          autoFocus={values.username === ''}
          autoComplete="off"
          value={values.username}
          onChange={(username) => {
            setValues({ ...values, username });
            rememberName(registry, username);
          }}
        />
        <TextField
          label={t(`login.secrets.${known?.secret ?? 'either'}`)}
          inputRef={passwordInput}
          type="password"
          autoFocus={values.username !== ''}
          autoComplete="off"
          value={values.password}
          onChange={(password) => setValues({ ...values, password })}
        />
        <RememberChoice
          options={options}
          value={values.remember}
          onChange={(remember) => setValues({ ...values, remember })}
        />
        {options.helpers?.map((helper) => (
          <p key={helper.name} className="flex flex-wrap items-center gap-x-2 text-sm text-quiet">
            <KeyRound aria-hidden size={13} className="shrink-0" />
            <span className="min-w-0 break-words">
              <RichText text={t('login.helper', { name: `docker-credential-${helper.name}` })} />
            </span>
            <Button look="link" isDisabled={isBusy || !(helper.isProvider || canSend)} onPress={() => signIn(helper)}>
              {t('login.useHelper', { registry })}
            </Button>
          </p>
        ))}
      </Form>
    </Dialog>
  );
}

/** What the login is for. */
function GoesOn({ waiting: [first, ...others] }: { waiting: readonly string[] }) {
  const { t, format } = useTexts();
  if (first === undefined) return null;
  const count = others.length;
  return (
    <p className="-mt-2 text-quiet">
      <RichText
        text={
          count === 0
            ? t('login.goesOn', { image: first })
            : t('login.goesOnWith', { image: first, count, formatted: format.count(count) })
        }
      />
    </p>
  );
}

interface SignInValues {
  username: string;
  password: string;
  remember: Remember;
}

function useSignIn(registry: string, reason: LoginRequest | undefined) {
  const { t } = useTexts();
  const username = useProposedName(registry, reason);
  const [values, setValues] = useState<SignInValues>({ username, password: '', remember: 'session' });
  const passwordInput = useRef<HTMLInputElement>(null);
  const [options, setOptions] = useState<RememberOptions>({ available: ['session'] });
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<PushboatError>();

  useEffect(() => {
    let isCurrent = true;
    // Of an account for some repositories only: helpers and some files keep one login for the whole registry.
    const isForAll = !registry.includes('/');
    request('logins.rememberOptions', isForAll ? registry : undefined).then((found) => {
      if (!isCurrent) return;
      const available = found.available.filter((each) => isForAll || !FOR_WHOLE_REGISTRIES.includes(each));
      const answer = { ...found, available };
      setOptions(answer);
      const [best] = answer.available;
      if (best !== undefined) setValues((typed) => ({ ...typed, remember: best }));
    }, showError);
    return () => {
      isCurrent = false;
    };
  }, [registry]);

  const signIn = (helper?: HelperOffer) => {
    const { username: name, password } = values;
    const given = helper?.isProvider ? {} : { login: { username: name, password } };
    setBusy(true);
    // The button that has the focus cannot be pressed meanwhile and would lose it, and with it the keys of the dialog.
    passwordInput.current?.focus();
    const signingIn = helper
      ? request('logins.useHelper', { registry, helper: helper.name, ...given })
      : request('logins.login', { registry, ...values });
    signingIn.then(
      (login) => {
        announce(t('login.done', { registry, username: login.username }));
        dismissLogin(registry);
      },
      (thrown: unknown) => {
        setError(toPushboatError(thrown));
        setBusy(false);
        setValues((typed) => ({ ...typed, password: '' }));
        passwordInput.current?.focus();
      },
    );
  };
  return { values, setValues, options, isBusy, error, signIn, passwordInput };
}

/** What was typed last, else the login that was refused, else the one there is. */
function useProposedName(registry: string, reason: LoginRequest | undefined): string {
  const typed = useLogin(({ names }) => names[registry]);
  const known = useSettings(({ logins }) => logins.find((login) => login.registry === registry)?.username);
  // An identity token has no user name.
  return (
    [typed, reason?.tried?.username, known, knownRegistry(registry)?.user].find((name) => name && name !== '<token>') ??
    ''
  );
}

function Reason({ reason }: { reason: LoginRequest | undefined }) {
  const { t, said } = useTexts();
  if (reason === undefined) return null;
  const { tried, denied } = reason;
  return (
    <div className="space-y-1">
      <p>
        {tried === null
          ? t('login.wants')
          : denied
            ? t('login.deniedTitle', { username: tried.username })
            : t('login.tried', { username: tried.username, origin: said(tried.origin) })}
      </p>
      {reason.reason === '' ? null : (
        <p className="selectable rounded-md bg-sunken px-3 py-2 text-quiet">
          {t('login.says', { reason: reason.reason })}
        </p>
      )}
    </div>
  );
}

/** A wrong password is said as such; anything else (network, certificate) keeps its own title. */
function Refused({ registry, error }: { registry: string; error: ErrorData }) {
  const { t } = useTexts();
  const { words } = useKnownRegistry(registry);
  if (error.code !== 'UNAUTHORIZED') return <ErrorPanel error={error} />;
  return <ErrorPanel error={error} title={t('login.refused', { registry })} advice={words?.refused} />;
}

interface RememberChoiceProps {
  options: RememberOptions;
  value: Remember;
  onChange: (value: Remember) => void;
}

/** One line, so that the dialog needs no scrolling in a small window. */
function RememberChoice({ options, value, onChange }: RememberChoiceProps) {
  const { t, said } = useTexts();
  return (
    <div className="space-y-1">
      <Select
        label={t('login.remember')}
        options={options.available.map((id) => ({ id, text: t(`login.choices.${id}`) }))}
        value={value}
        onChange={onChange}
      />
      {options.vaultUnavailable === undefined ? null : (
        <p className="text-sm text-quiet">{t('login.vaultUnavailable', { reason: said(options.vaultUnavailable) })}</p>
      )}
      {value === 'vault' ? <p className="text-sm text-quiet">{t('login.vaultHelp')}</p> : null}
    </div>
  );
}
