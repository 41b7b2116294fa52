import { X } from 'lucide-react';
import { useEffect, useId, useMemo, useRef } from 'react';
import { useTexts } from '../../i18n/use-texts.ts';
import type { Interpretation } from '../../model/interpret.ts';
import { IconButton } from '../../ui/button.tsx';
import { SuggestField } from '../../ui/suggest-field.tsx';
import type { Suggestion } from './suggestions.ts';
import { TargetMeaning } from './target-meaning.tsx';

interface TargetFieldProps {
  /** 1 for the first; further destinations are numbered and can be removed. */
  number: number;
  value: string;
  meaning: Interpretation;
  isDuplicate: boolean;
  suggestions: readonly Suggestion[];
  /** Bumped to put the cursor here. */
  focusRequest: number;
  onChange: (value: string) => void;
  onRemove?: (() => void) | undefined;
}

/** One destination: a text field with suggestions, and below it what the text means. */
export function TargetField(props: TargetFieldProps) {
  const { number, value, meaning, suggestions, onChange, onRemove, focusRequest, isDuplicate } = props;
  const { t } = useTexts();
  const meaningId = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focusRequest === 0) return;
    input.current?.focus();
    input.current?.select();
  }, [focusRequest]);
  const items = useMemo(
    () => suggestions.map(({ target, from }) => ({ value: target, note: t(`target.${from}`) })),
    [suggestions, t],
  );
  return (
    <div className="space-y-1.5">
      <SuggestField
        ref={input}
        label={number === 1 ? t('target.label') : t('target.numbered', { number })}
        value={value}
        onChange={onChange}
        items={items}
        placeholder={t('target.placeholder')}
        isInvalid={meaning.kind === 'invalid' || meaning.kind === 'digest' || isDuplicate}
        describedBy={meaningId}
        action={
          onRemove === undefined ? undefined : (
            <IconButton icon={X} label={t('target.remove', { number })} onPress={onRemove} className="-my-1" />
          )
        }
      />
      <div id={meaningId}>
        <TargetMeaning typed={value} meaning={meaning} isDuplicate={isDuplicate} />
      </div>
    </div>
  );
}
