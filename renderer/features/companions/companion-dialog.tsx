import { useState } from 'react';
import { COMPANION_KINDS, type CompanionCounts, companionCount } from '../../../shared/signing.ts';
import { inBackground, request } from '../../api.ts';
import { type Texts, useTexts } from '../../i18n/use-texts.ts';
import { type CompanionQuestion, useCompanionQuestion } from '../../stores/companions.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';

/** Asks whether what belongs to images goes with them, whoever pushes or exports. */
export function CompanionDialog() {
  const asked = useCompanionQuestion((state) => state.asked);
  return asked === undefined ? null : <Question {...asked} />;
}

function Question({ counts, way, answer }: CompanionQuestion) {
  const texts = useTexts();
  const { t, format } = texts;
  const [isForAll, setForAll] = useState(false);
  const count = companionCount(counts);
  const numbers = { count, formatted: format.count(count) };
  const decide = (takesAlong: boolean) => {
    if (isForAll) inBackground(request('settings.update', { companions: takesAlong ? 'always' : 'never' }), showError);
    answer(takesAlong);
  };
  return (
    <Dialog
      isOpen
      role="alertdialog"
      title={way === 'pushMany' ? t('companions.titleMany', numbers) : t('companions.title', numbers)}
      isDismissable={false}
      onClose={answer}
      footer={
        <>
          <Button onPress={() => answer()} className="mr-auto">
            {t('common.cancel')}
          </Button>
          <Button onPress={() => decide(false)}>{t(`companions.without.${way}`)}</Button>
          <Button look="primary" autoFocus onPress={() => decide(true)}>
            {t(`companions.with.${way}`)}
          </Button>
        </>
      }
    >
      <ul className="list-disc pl-5">
        {companionWords(counts, texts).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      <p>{t(`companions.body.${way}`, { count })}</p>
      <Checkbox isSelected={isForAll} onChange={setForAll}>
        {t('companions.forAll')}
      </Checkbox>
    </Dialog>
  );
}

/** `2 signatures`, `1 SBOM`: each kind that there is. */
export function companionWords(counts: CompanionCounts, { t, format }: Texts): string[] {
  return COMPANION_KINDS.filter((kind) => counts[kind] > 0).map((kind) =>
    t(`companions.kinds.${kind}`, { count: counts[kind], formatted: format.count(counts[kind]) }),
  );
}
