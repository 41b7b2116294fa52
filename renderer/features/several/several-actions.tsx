import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { useImages } from '../../stores/images.ts';
import { sentAs, useSentDigests } from '../../stores/sent-digests.ts';
import { Button } from '../../ui/button.tsx';
import { useRegistryAnswers } from '../composer/registry-answers.ts';
import { isReady } from './push-together.ts';
import { countStates } from './tag-checks.ts';

interface SeveralActionsProps {
  rows: readonly ManyRow[];
  options: TransferOptions;
  onPush: () => void;
  /** Another button, before the one that pushes. */
  children?: ReactNode;
}

/** What a push of several images comes to, and the button for it. */
export function SeveralActions({ rows, options, onPush, children }: SeveralActionsProps) {
  const { t, format } = useTexts();
  const good = rows.filter(({ problem }) => problem === undefined).length;
  const conflicts = new Set(rows.flatMap(({ problem, canonical }) => (problem === 'conflict' ? canonical : []))).size;
  return (
    <>
      <div role="status" className="min-w-0 flex-1 text-sm text-balance text-quiet">
        {conflicts > 0 ? (
          <Button
            look="quiet"
            size="small"
            icon={CircleAlert}
            className="-ml-2 text-bad!"
            onPress={({ target }) => showConflict(target)}
          >
            {t('many.settle', { count: conflicts, formatted: format.count(conflicts) })}
          </Button>
        ) : (
          <Summary rows={rows} options={options} good={good} />
        )}
      </div>
      {children}
      <Button look="primary" isDisabled={!isReady(rows)} className="min-w-24" onPress={onPush}>
        {t('many.push', { count: good, formatted: format.count(good) })}
      </Button>
    </>
  );
}

/** Puts the cursor in the first row of a conflict, of the sheet or the pane that this button is in. */
function showConflict(button: Element): void {
  const place = button.closest('[role="dialog"], [data-pane]');
  place?.querySelector<HTMLElement>('[data-state=conflict] input')?.focus();
}

function Summary({ rows, options, good }: Pick<SeveralActionsProps, 'rows' | 'options'> & { good: number }): ReactNode {
  const { t, format } = useTexts();
  const answers = useRegistryAnswers((state) => state['registries.tag']);
  const sources = useImages((state) => state.sources);
  const sent = useSentDigests();
  const { moves, same, kept } = countStates(rows, answers, (image) => sentAs(image, sources, sent), options);
  const words = [
    t('many.summary', { count: good, good: format.count(good), total: format.count(rows.length) }),
    moves > 0 ? t('many.move', { count: moves, formatted: format.count(moves) }) : '',
    same > 0 ? t('many.there', { count: same, formatted: format.count(same) }) : '',
    kept > 0 ? t('many.keep', { count: kept, formatted: format.count(kept) }) : '',
  ];
  return words.filter(Boolean).join(' · ');
}
