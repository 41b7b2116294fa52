import { ChevronRight, LoaderCircle, PlugZap, Trash2 } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import type { RegistryAccess } from '../../../shared/registry-access.ts';
import type { RegistryPolicy } from '../../../shared/registry-policy.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { rememberTest, useConnectionTests } from '../../stores/connection-tests.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { AccessTable } from './access-table.tsx';
import { Accounts } from './accounts.tsx';
import { ClientCertificate } from './client-certificate.tsx';
import { ConnectionTest } from './connection-test.tsx';
import { Limits, type SavePolicy } from './limits.tsx';
import { RegistryBadge } from './registry-state.tsx';

const NO_POLICY: RegistryPolicy = {};

interface RegistryDetailProps {
  registry: string;
  /** Before its name, where the list of registries has no room beside it. */
  back: ReactNode;
}

/** One registry: what applies to it and from where, a test of the way there, and what only few people set. */
export function RegistryDetail({ registry, back }: RegistryDetailProps) {
  const { t } = useTexts();
  const policy = useSettings((state) => state.settings.registries[registry] ?? NO_POLICY);
  const access = useAccess(registry);
  const [isRemoving, setRemoving] = useState(false);
  const { tested, isTesting, test } = useTest(registry);
  // Every change is saved at once.
  const save: SavePolicy = (change) =>
    inBackground(request('registries.setPolicy', { registry, policy: { ...policy, ...change } }), showError);
  return (
    <div className="mx-auto w-full max-w-4xl space-y-4 p-4 @3xl:p-6">
      <header className="flex flex-wrap items-center gap-2">
        {back}
        <div className="flex min-w-28 flex-1 flex-wrap items-center gap-x-2.5">
          <h2 className="selectable text-lg font-semibold break-all">{registry}</h2>
          <RegistryBadge registry={registry} />
        </div>
        {/* Not disabled meanwhile: a disabled button loses the focus. */}
        <Button icon={isTesting ? LoaderCircle : PlugZap} onPress={() => (isTesting ? undefined : test())}>
          {isTesting ? t('registries.testing') : t('registries.test')}
        </Button>
        <Button look="quiet" icon={Trash2} onPress={() => setRemoving(true)}>
          {t('registries.remove')}
        </Button>
      </header>
      {access?.problems.map((problem) => (
        <ErrorPanel key={problem.message} error={problem} />
      ))}
      {access === undefined ? null : <AccessTable access={access} policy={policy} save={save} />}
      <Accounts registry={registry} />
      {tested === undefined ? null : <ConnectionTest registry={registry} tested={tested} save={save} />}
      <Disclosure>
        <AriaButton
          slot="trigger"
          className="group -ml-1 flex min-h-6 items-center gap-1.5 rounded-md px-1 text-left hover:bg-hover"
        >
          <ChevronRight aria-hidden size={14} className="group-aria-expanded:rotate-90" />
          {t('registries.expert')}
          <span className="text-sm text-quiet">{t('registries.expertBody')}</span>
        </AriaButton>
        <DisclosurePanel className="fold-panel">
          <div className="flex flex-wrap gap-3 pt-2 pl-5">
            <Limits registry={registry} policy={policy} save={save} />
            <ClientCertificate registry={registry} policy={policy} save={save} />
          </div>
        </DisclosurePanel>
      </Disclosure>
      {isRemoving ? <RemoveDialog registry={registry} onClose={() => setRemoving(false)} /> : null}
    </div>
  );
}

/** What applies now; read again after each change of logins or settings. */
function useAccess(registry: string): RegistryAccess | undefined {
  const [access, setAccess] = useState<RegistryAccess>();
  const logins = useSettings((state) => state.logins);
  const policies = useSettings((state) => state.settings.registries);
  useEffect(() => {
    let isCurrent = true;
    request('registries.access', registry).then((answer) => isCurrent && setAccess(answer), showError);
    return () => {
      isCurrent = false;
    };
    // `logins` and `policies` are not read: a change of them means another answer.
  }, [registry, logins, policies]);
  return access;
}

function useTest(registry: string) {
  const { t } = useTexts();
  const tested = useConnectionTests((state) => state[registry]);
  const [isTesting, setTesting] = useState(false);
  const test = () => {
    setTesting(true);
    const done = request('registries.test', registry)
      .then((found) => {
        rememberTest(registry, found);
        const failed = found.find(({ state }) => state === 'failed');
        announce(failed ? t(`registries.steps.${failed.step}`) : t('registries.testPassed', { registry }));
      })
      .finally(() => setTesting(false));
    inBackground(done, showError);
  };
  return { tested, isTesting, test };
}

function RemoveDialog({ registry, onClose }: { registry: string; onClose: () => void }) {
  const { t } = useTexts();
  const remove = () => {
    inBackground(request('registries.remove', registry), showError);
    onClose();
  };
  return (
    <Dialog
      isOpen
      role="alertdialog"
      title={t('registries.removeTitle', { registry })}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button look="danger" onPress={remove}>
            {t('registries.remove')}
          </Button>
        </>
      }
    >
      <p>{t('registries.removeBody')}</p>
    </Dialog>
  );
}
