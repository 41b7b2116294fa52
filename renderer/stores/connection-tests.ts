import { create } from 'zustand';
import type { ConnectionStep } from '../../shared/registry-access.ts';
import { useSettings } from './settings.ts';

export interface ConnectionTested {
  steps: readonly ConnectionStep[];
  /** Epoch milliseconds. */
  at: number;
  /** The login, the way there or the network is another one since. */
  isOutdated: boolean;
}

type Tests = Readonly<Record<string, ConnectionTested>>;

/** The last test of each registry. */
export const useConnectionTests = create<Tests>(() => ({}));

export function rememberTest(registry: string, steps: readonly ConnectionStep[]): void {
  useConnectionTests.setState({ [registry]: { steps, at: Date.now(), isOutdated: false } });
}

/** Another test might find something else now. */
export function outdateTests(isMeant: (registry: string) => boolean = () => true): void {
  useConnectionTests.setState((tests) => {
    const outdated = Object.entries(tests).filter(([registry]) => isMeant(registry));
    return Object.fromEntries(outdated.map(([registry, test]) => [registry, { ...test, isOutdated: true }]));
  });
}

useSettings.subscribe((now, before) => {
  if (now.logins === before.logins && now.settings.registries === before.settings.registries) return;
  const about = (registry: string, { logins, settings }: typeof now): string =>
    JSON.stringify([logins.filter((login) => login.registry === registry), settings.registries[registry]]);
  outdateTests((registry) => about(registry, now) !== about(registry, before));
});
