import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { Form } from 'react-aria-components';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { SigningKeyName } from '../../../shared/signing.ts';
import { request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { dismissPassphrase, lockedKey, useSigning } from '../../stores/signing.ts';
import { type TransfersState, useTransfers } from '../../stores/transfers.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { resumeJob } from '../transfers/actions.ts';
import { loadKeys, useKeyName } from './keys.ts';

/** Asks for the passphrase of the key that pushes have failed for: one dialog per key, however many wait for it. */
export function PassphraseDialogs() {
  const asked = useSigning((state) => state.asked);
  // A text, so that the progress of other jobs does not render this again.
  const first = useTransfers(({ jobs }) => asked.find((id) => keyOf(jobs, id) !== undefined));
  return first === undefined ? null : <DialogFor key={first} jobId={first} asked={asked} />;
}

function DialogFor({ jobId, asked }: { jobId: string; asked: readonly string[] }) {
  const jobs = useTransfers((state) => state.jobs);
  const locked = keyOf(jobs, jobId);
  if (locked === undefined) return null;
  return <PassphraseDialog locked={locked} jobIds={asked.filter((id) => keyOf(jobs, id)?.name === locked.name)} />;
}

function keyOf(jobs: TransfersState['jobs'], id: string): SigningKeyName | undefined {
  const job = jobs[id];
  return job?.state === 'failed' ? lockedKey(job.error) : undefined;
}

interface Locked {
  locked: SigningKeyName;
  jobIds: readonly string[];
}

/** The passphrase lives in this hook's state only, is cleared after every try, and is gone with the dialog. */
function useUnlocking({ locked, jobIds }: Locked) {
  const input = useRef<HTMLInputElement>(null);
  const [passphrase, setPassphrase] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<PushboatError>();
  const close = () => dismissPassphrase(jobIds);
  const canUnlock = passphrase !== '' && !isBusy;
  const unlock = () => {
    if (!canUnlock) return;
    setBusy(true);
    input.current?.focus();
    request('signing.unlock', { key: locked, passphrase }).then(
      () => {
        close();
        for (const id of jobIds) resumeJob(id);
      },
      (thrown: unknown) => {
        setError(toPushboatError(thrown));
        setBusy(false);
        setPassphrase('');
        input.current?.focus();
      },
    );
  };
  return { input, passphrase, setPassphrase, error, close, canUnlock, unlock };
}

function PassphraseDialog({ locked, jobIds }: Locked) {
  const { t, format } = useTexts();
  const formId = useId();
  const { input, passphrase, setPassphrase, error, close, canUnlock, unlock } = useUnlocking({ locked, jobIds });
  // A key of gpg goes by its owner's name.
  useEffect(() => (locked.kind === 'simple' ? loadKeys() : undefined), [locked.kind]);
  return (
    <Dialog
      isOpen
      title={t('signing.passphraseTitle')}
      isDismissable={false}
      onClose={close}
      footer={
        <>
          <Button onPress={close}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form={formId} isDisabled={!canUnlock}>
            {t('signing.sign')}
          </Button>
        </>
      }
    >
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md bg-sunken px-3 py-2.5">
        <dt className="text-quiet">{t('signing.key')}</dt>
        <dd className="break-words">{useKeyName(locked)}</dd>
        <dt className="text-quiet">{t(locked.kind === 'simple' ? 'signing.fingerprint' : 'signing.file')}</dt>
        <dd className="selectable font-mono text-sm break-all">{locked.name}</dd>
      </dl>
      {error === undefined ? null : <ErrorPanel error={error.toData()} />}
      <Form
        id={formId}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          unlock();
        }}
      >
        <TextField
          label={t('signing.passphrase')}
          help={t('signing.passphraseHelp')}
          inputRef={input}
          type="password"
          autoFocus
          autoComplete="off"
          value={passphrase}
          onChange={setPassphrase}
        />
      </Form>
      <p className="text-sm text-quiet">
        {t('signing.waiting', { count: jobIds.length, formatted: format.count(jobIds.length) })}
      </p>
    </Dialog>
  );
}
