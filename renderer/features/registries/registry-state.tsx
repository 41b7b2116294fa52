import { CircleCheck, CircleX, Info, type LucideIcon } from 'lucide-react';
import type { ConnectionStep } from '../../../shared/registry-access.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useConnectionTests } from '../../stores/connection-tests.ts';
import { Badge } from '../../ui/badge.tsx';

type RegistryState = 'ready' | 'reachable' | 'mayNotPush' | 'refused' | 'untrusted' | 'unreachable' | 'failed';

const LOOKS: Record<RegistryState, { tone: 'good' | 'quiet' | 'warn' | 'bad'; icon: LucideIcon }> = {
  ready: { tone: 'good', icon: CircleCheck },
  reachable: { tone: 'quiet', icon: Info },
  mayNotPush: { tone: 'warn', icon: Info },
  refused: { tone: 'bad', icon: CircleX },
  untrusted: { tone: 'bad', icon: CircleX },
  unreachable: { tone: 'bad', icon: CircleX },
  failed: { tone: 'bad', icon: CircleX },
};

/** What the last test of a registry's connection came to, in a word; nothing where there was none, or something has changed since. */
export function RegistryBadge({ registry }: { registry: string }) {
  const { t, format } = useTexts();
  const tested = useConnectionTests((state) => state[registry]);
  if (tested === undefined || tested.isOutdated) return null;
  const state = stateOf(tested.steps);
  return (
    <Badge {...LOOKS[state]} title={t('registries.testedAt', { time: format.date(tested.at) })}>
      {t(`registries.states.${state}`)}
    </Badge>
  );
}

/** It is ready where its answer to a login, or to the question whether one may push, says so; otherwise it is only known to be there. */
export function stateOf(steps: readonly ConnectionStep[]): RegistryState {
  const failed = steps.find(({ state }) => state === 'failed');
  if (failed !== undefined) return failureOf(failed);
  if (steps.some(({ note }) => note === 'mayNotPush')) return 'mayNotPush';
  const isTold = steps.some(({ step, state }) => (step === 'login' || step === 'push') && state === 'passed');
  return isTold ? 'ready' : 'reachable';
}

/** Steps that end before the registry is heard. */
const NO_WAY: readonly ConnectionStep['step'][] = ['address', 'proxy', 'connect'];

function failureOf({ step, error }: ConnectionStep): RegistryState {
  if (NO_WAY.includes(step)) return 'unreachable';
  if (error?.code === 'TLS_UNTRUSTED') return 'untrusted';
  return error?.code === 'UNAUTHORIZED' || error?.code === 'DENIED' ? 'refused' : 'failed';
}
