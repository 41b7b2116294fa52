import { useMemo, useState } from 'react';
import type { TransferOptions } from '../../../shared/ipc.ts';
import type { Settings } from '../../../shared/settings.ts';
import { useSettings } from '../../stores/settings.ts';

/**
 * What was chosen for a push; until a person chooses keys, those that signed the last push to the registry. One value for as long as
 * nothing changes.
 * @param registry the first destination's; empty while none is known
 */
export function usePushOptions(registry: string) {
  const [chosen, setOptions] = useState<TransferOptions>(() => useSettings.getState().settings.pushDefaults);
  const signing = useSettings(({ settings }) => settings.signing);
  const options = useMemo(() => signedAsBefore(chosen, registry, signing), [chosen, registry, signing]);
  return { options, setOptions };
}

/** The options of a push for which nobody chooses anything. */
export function usualOptions(registry: string): TransferOptions {
  const { pushDefaults, signing } = useSettings.getState().settings;
  return signedAsBefore(pushDefaults, registry, signing);
}

function signedAsBefore(options: TransferOptions, registry: string, signing: Settings['signing']): TransferOptions {
  const remembered = signing[registry];
  return options.sign === undefined && remembered ? { ...options, sign: remembered } : options;
}
