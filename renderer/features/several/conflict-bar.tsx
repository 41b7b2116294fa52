import { CornerDownRight } from 'lucide-react';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ConflictFixes } from '../../model/many-targets.ts';
import { editTargets } from '../../stores/several.ts';
import { Button } from '../../ui/button.tsx';
import { TARGET_FIELD } from './push-together.ts';

interface ConflictBarProps {
  target: string;
  fixes: ConflictFixes;
  /** Leaves images out, by their ids. */
  onLeaveOut: (imageIds: readonly string[]) => void;
}

/** Below the last of several rows with one target: what would happen, and what settles it. */
export function ConflictBar({ target, fixes: { images, apart }, onLeaveOut }: ConflictBarProps) {
  const { t, format } = useTexts();
  const isPair = images.length === 2;
  const count = format.count(images.length);
  return (
    <div
      role="group"
      aria-label={t('many.conflict.title', { target })}
      className="col-span-full mt-1 flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-md bg-warn-surface px-3 py-1.5 text-sm @4xl:order-5"
    >
      <CornerDownRight aria-hidden size={13} className="shrink-0 text-warn" />
      <p className="min-w-40 flex-1 wrap-anywhere">
        <span className="font-semibold text-warn">
          {isPair ? t('many.conflict.two', { target }) : t('many.conflict.more', { target, formatted: count })}
        </span>{' '}
        {t(isPair ? 'many.conflict.twoWhy' : 'many.conflict.moreWhy')}
      </p>
      <span className="flex flex-wrap gap-2">
        {apart === undefined ? null : (
          <Button
            size="small"
            onPress={({ target: button }) => {
              // The bar goes with the conflict; the keyboard stays in its row.
              button.closest('li')?.querySelector<HTMLElement>(TARGET_FIELD)?.focus();
              editTargets(apart);
            }}
          >
            {t('many.addPlatform')}
          </Button>
        )}
        <Button size="small" onPress={() => onLeaveOut(images.slice(1))}>
          {t(isPair ? 'many.leaveSecond' : 'many.leaveOthers')}
        </Button>
      </span>
    </div>
  );
}
