import { ChevronRight } from 'lucide-react';
import { Fragment } from 'react';
import { useTexts } from '../../i18n/use-texts.ts';
import type { TargetPart, TypedParts } from '../../model/target-parts.ts';
import { classes } from '../../ui/classes.ts';

const PARTS = ['registry', 'repository', 'tag'] as const;

interface TargetChipsProps {
  parts: TypedParts;
  /** At the cursor. */
  part: TargetPart;
  goTo: (part: TargetPart) => void;
}

/** The parts of what is typed; the one at the cursor stands out. A click puts the cursor there. */
export function TargetChips({ parts, part, goTo }: TargetChipsProps) {
  const { t } = useTexts();
  return (
    <div aria-hidden className="flex shrink-0 items-center gap-1 overflow-hidden border-b border-line px-2 pt-2 pb-1.5">
      {PARTS.map((each, index) => (
        <Fragment key={each}>
          {index === 0 ? null : <ChevronRight aria-hidden size={12} className="shrink-0 text-quiet" />}
          <button
            type="button"
            tabIndex={-1}
            disabled={parts[each] === undefined}
            onClick={() => goTo(each)}
            className={classes(
              'h-[22px] min-w-0 truncate rounded-sm px-1.5 text-sm',
              each === part
                ? 'shrink-0 bg-selected font-medium text-accent'
                : parts[each]?.text
                  ? 'bg-hover'
                  : 'shrink-0 text-quiet outline-1 -outline-offset-1 outline-line-strong',
            )}
          >
            {parts[each]?.text || t(`picker.${each}`)}
          </button>
        </Fragment>
      ))}
    </div>
  );
}
