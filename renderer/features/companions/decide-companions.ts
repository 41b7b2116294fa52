import { companionCount, sumOfCompanions } from '../../../shared/signing.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { request } from '../../api.ts';
import { askAboutCompanions, type CompanionQuestion } from '../../stores/companions.ts';
import { useSettings } from '../../stores/settings.ts';

/**
 * Decides whether what belongs to images goes with them: as the options say, else as the settings do, else a person is asked once for all
 * of them, where there is anything. Returns the options with the decision; undefined where the person wants neither.
 */
export async function decideCompanions(
  imageIds: readonly string[],
  options: TransferOptions,
  way: CompanionQuestion['way'],
): Promise<TransferOptions | undefined> {
  const setting = useSettings.getState().settings.companions;
  const isOpen = options.referrers === undefined && !options.removeSignatures && setting === 'ask';
  if (!isOpen) return { ...options, referrers: options.referrers ?? setting === 'always' };
  // Images that cannot be read, or are gone, are told of by what comes next.
  const counts = await request('images.companions', [...imageIds]).catch(() => []);
  const sum = sumOfCompanions(counts);
  if (companionCount(sum) === 0) return options;
  const referrers = await askAboutCompanions({ counts: sum, way });
  return referrers === undefined ? undefined : { ...options, referrers };
}
