import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { useImages } from '../../stores/images.ts';
import { sentAs, useSentDigests } from '../../stores/sent-digests.ts';
import { Button } from '../../ui/button.tsx';
import { useRegistryAnswers } from '../picker/registry-answers.ts';
import { hasConflict, isReady, showConflict } from './push-together.ts';
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
  const wanted = rows.filter(({ problem }) => problem === undefined || problem === 'conflict').length;
  const isBlocked = hasConflict(rows);
  const conflicts = new Set(rows.flatMap(({ problem, canonical }) => (problem === 'conflict' ? canonical : []))).size;
  return (
    <>
      <div role="status" className="min-w-0 flex-1 text-sm text-balance text-quiet">
        {conflicts > 0 ? (
          <Button
            look="quiet"
            size="small"
            icon={TriangleAlert}
            className="-ml-2 text-warn!"
            onPress={({ target }) => showConflict(placeOf(target))}
          >
            {t('many.settle', { count: conflicts, formatted: format.count(conflicts) })}
          </Button>
        ) : (
          <Summary rows={rows} options={options} good={good} />
        )}
      </div>
      {children}
      <Button
        look="primary"
        // With a conflict it says where to go on, which a disabled button cannot.
        isDisabled={!isReady(rows) && !isBlocked}
        aria-disabled={isBlocked}
        className="min-w-24"
        onPress={({ target }) => (isBlocked ? showConflict(placeOf(target)) : onPush())}
      >
        {t('many.push', { count: wanted, formatted: format.count(wanted) })}
      </Button>
    </>
  );
}

/** The sheet or the pane that a button is in. */
function placeOf(button: Element): Element | null {
  return button.closest('[role="dialog"], [data-pane]');
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
  // The dots end a line, they do not begin one.
  return words.filter(Boolean).join('\u00a0· ');
}
