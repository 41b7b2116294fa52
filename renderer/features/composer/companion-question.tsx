import { useState } from 'react';
import { COMPANION_KINDS, type CompanionCounts } from '../../../shared/signing.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';

interface CompanionQuestionProps {
  counts: CompanionCounts;
  onAnswer: (takesAlong: boolean) => void;
  /** Nothing is pushed. */
  onClose: () => void;
}

/** Whether what belongs to an image goes with it. */
export function CompanionQuestion({ counts, onAnswer, onClose }: CompanionQuestionProps) {
  const { t, format } = useTexts();
  const [isForAll, setForAll] = useState(false);
  const count = companionCount(counts);
  const answer = (takesAlong: boolean) => {
    if (isForAll) inBackground(request('settings.update', { companions: takesAlong ? 'always' : 'never' }), showError);
    onAnswer(takesAlong);
  };
  return (
    <Dialog
      isOpen
      role="alertdialog"
      title={t('companions.title', { count, formatted: format.count(count) })}
      isDismissable={false}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose} className="mr-auto">
            {t('common.cancel')}
          </Button>
          <Button onPress={() => answer(false)}>{t('companions.without')}</Button>
          <Button look="primary" autoFocus onPress={() => answer(true)}>
            {t('companions.with')}
          </Button>
        </>
      }
    >
      <ul className="list-disc pl-5">
        {COMPANION_KINDS.filter((kind) => counts[kind] > 0).map((kind) => (
          <li key={kind}>
            {t(`companions.kinds.${kind}`, { count: counts[kind], formatted: format.count(counts[kind]) })}
          </li>
        ))}
      </ul>
      <p>{t('companions.body', { count })}</p>
      <Checkbox isSelected={isForAll} onChange={setForAll}>
        {t('companions.forAll')}
      </Checkbox>
    </Dialog>
  );
}

/** How many things belong to an image. */
export function companionCount(counts: CompanionCounts): number {
  return COMPANION_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
}
