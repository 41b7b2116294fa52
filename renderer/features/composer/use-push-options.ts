import { useMemo, useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { pushedPlatforms } from '../../model/push-platforms.ts';
import { useSettings } from '../../stores/settings.ts';

type WithPlatforms = Pick<ImageSummary, 'kind' | 'platforms'>;

/**
 * What was chosen for a push, beginning with what the settings say; until a person chooses keys, those that signed the last push to the
 * registry. One value for as long as nothing changes.
 * @param image what platforms are chosen from
 * @param registry the first destination's; empty while none is known
 */
export function usePushOptions(image: WithPlatforms, registry: string) {
  const [chosen, setOptions] = useState(() => optionsToBeginWith(image));
  const signing = useSettings(({ settings }) => settings.signing);
  const options = useMemo(() => signedAsBefore(chosen, registry, signing), [chosen, registry, signing]);
  return { options, setOptions };
}

/** The options of a push for which nobody chooses anything. */
export function usualOptions(image: WithPlatforms, registry: string): TransferOptions {
  return signedAsBefore(optionsToBeginWith(image), registry, useSettings.getState().settings.signing);
}

function optionsToBeginWith(image: WithPlatforms): TransferOptions {
  const { platforms: wanted, ...others } = useSettings.getState().settings.pushDefaults;
  const platforms = pushedPlatforms(image, wanted);
  return platforms ? { ...others, platforms } : others;
}

function signedAsBefore(options: TransferOptions, registry: string, signing: Settings['signing']): TransferOptions {
  const remembered = signing[registry];
  return options.sign === undefined && remembered ? { ...options, sign: remembered } : options;
}
