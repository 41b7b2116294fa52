import { type ReactNode, useState } from 'react';
import type { TransferOptions } from '../../../shared/ipc.ts';
import type { CompanionCounts } from '../../../shared/signing.ts';
import { request } from '../../api.ts';
import { useSettings } from '../../stores/settings.ts';
import { CompanionQuestion, companionCount } from './companion-question.tsx';

interface Asked {
  counts: CompanionCounts;
  answer: (takesAlong: boolean) => void;
}

/**
 * Decides for a push whether what belongs to its image goes with it: as the options say, else as the settings do, else a person is asked,
 * where there is anything. The question belongs on the page.
 */
export function useCompanions(imageId: string, options: TransferOptions) {
  const setting = useSettings((state) => state.settings.companions);
  const [asked, setAsked] = useState<Asked>();
  const decide = async (start: (options: TransferOptions) => void): Promise<void> => {
    const isOpen = options.referrers === undefined && !options.removeSignatures && setting === 'ask';
    if (!isOpen) return start({ ...options, referrers: options.referrers ?? setting === 'always' });
    // An image that cannot be read is told of by its push.
    const counts = await request('images.companions', imageId).catch(() => undefined);
    if (counts === undefined || companionCount(counts) === 0) return start(options);
    setAsked({ counts, answer: (referrers) => start({ ...options, referrers }) });
  };
  const question: ReactNode =
    asked === undefined ? null : (
      <CompanionQuestion
        counts={asked.counts}
        onAnswer={(takesAlong) => {
          setAsked(undefined);
          asked.answer(takesAlong);
        }}
        onClose={() => setAsked(undefined)}
      />
    );
  return { decide, question };
}
