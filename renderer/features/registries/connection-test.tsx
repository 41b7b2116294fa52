import type { TFunction } from 'i18next';
import { CircleCheck, CircleDashed, CircleX, Info, type LucideIcon } from 'lucide-react';
import type { ConnectionStep } from '../../../shared/registry-access.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ConnectionTested } from '../../stores/connection-tests.ts';
import { openLogin } from '../../stores/login.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import type { SavePolicy } from './limits.tsx';

const STEP_LOOKS: Record<ConnectionStep['state'], { icon: LucideIcon; tone: string }> = {
  passed: { icon: CircleCheck, tone: 'text-good' },
  noted: { icon: Info, tone: 'text-accent' },
  failed: { icon: CircleX, tone: 'text-bad' },
  notReached: { icon: CircleDashed, tone: 'text-quiet' },
};

interface ConnectionTestProps {
  registry: string;
  tested: ConnectionTested;
  save: SavePolicy;
}

/** What each step of the way to a registry has found; the first failure with what can be done about it. */
export function ConnectionTest({ registry, tested: { steps, at, isOutdated }, save }: ConnectionTestProps) {
  const { t, format } = useTexts();
  const count = (state: ConnectionStep['state']) => steps.filter((step) => step.state === state).length;
  return (
    <section aria-label={t('registries.testResult')} className="space-y-2">
      <h3 className="font-semibold">
        {t('registries.testResult')}{' '}
        <span className="text-sm font-normal text-quiet">
          {[
            `${format.day(at)} ${format.time(at)}`,
            t('registries.testCounts', { passed: count('passed'), notes: count('noted'), failed: count('failed') }),
            ...(isOutdated ? [t('registries.changedSince')] : []),
          ].join(' · ')}
        </span>
      </h3>
      <ol className="divide-y divide-line overflow-hidden rounded-lg border border-line">
        {steps.map((step) => (
          <Step key={step.step} registry={registry} step={step} save={save} />
        ))}
      </ol>
    </section>
  );
}

function Step({ registry, step, save }: { registry: string; step: ConnectionStep; save: SavePolicy }) {
  const { t, format } = useTexts();
  const { icon: Icon, tone } = STEP_LOOKS[step.state];
  return (
    <li data-testid="connection-step" data-state={step.state} className="space-y-2 px-4 py-2">
      <div className="flex items-start gap-2">
        <Icon aria-hidden size={15} className={classes('mt-0.5 shrink-0', tone)} />
        <span className={classes('w-40 shrink-0', step.state === 'notReached' && 'text-quiet')}>
          {t(`registries.steps.${step.step}`)}
        </span>
        <span className="selectable min-w-0 flex-1 break-words text-quiet">{foundText(step, t)}</span>
        {step.ms === undefined ? null : (
          <span className="shrink-0 text-quiet tabular">
            {t('registries.ms', { count: step.ms, formatted: format.count(step.ms) })}
          </span>
        )}
      </div>
      {step.error === undefined ? null : (
        <ErrorPanel error={step.error} actions={<Help registry={registry} step={step} save={save} />} />
      )}
    </li>
  );
}

function foundText({ state, found = '', note }: ConnectionStep, t: TFunction): string {
  if (state === 'notReached') return t('registries.notReached');
  if (note === undefined) return found;
  const words = t(`registries.notes.${note}`);
  return found === '' ? words : `${found} · ${words}`;
}

/** The one button that helps with what failed. */
function Help({ registry, step, save }: { registry: string; step: ConnectionStep; save: SavePolicy }) {
  const { t } = useTexts();
  const certificate = step.error?.certificate;
  if (step.step === 'login') {
    return (
      <Button size="small" onPress={() => openLogin(registry)}>
        {t('registries.signIn')}
      </Button>
    );
  }
  if (step.error?.code !== 'TLS_UNTRUSTED') return null;
  const choose = async () => {
    const caFile = await request('app.chooseFile', 'ca');
    if (caFile !== null) save({ caFile });
  };
  return (
    <>
      <Button size="small" onPress={() => inBackground(choose(), showError)}>
        {t('registries.chooseCaFile')}
      </Button>
      {certificate === undefined ? null : (
        <Button size="small" onPress={() => save({ tls: 'pinned', fingerprint256: certificate.fingerprint256 })}>
          {t('registries.trustIt')}
        </Button>
      )}
    </>
  );
}
