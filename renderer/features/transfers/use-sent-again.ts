import { useState } from 'react';
import { useTexts } from '../../i18n/use-texts.ts';

/** Less than this part of a transfer is not worth words: what is in flight when a line breaks. */
const NOTICED = 0.01;

/**
 * Says how much was sent before and has to be sent again, where a registry has forgotten an upload whose line broke: the bar has gone back by
 * so much. Empty otherwise. `of` tells one transfer, or one choice of images of a group, from another.
 */
export function useSentAgain({ there, total, of }: { there: number; total: number; of: string }): string[] {
  const { t, format } = useTexts();
  const [most, setMost] = useState({ of, there });
  if (most.of !== of || most.there < there) setMost({ of, there });
  const again = most.of === of ? most.there - there : 0;
  return again > total * NOTICED ? [t('transfers.again', { size: format.bytes(again) })] : [];
}
