import { ChevronDown, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button as AriaButton, ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { useTexts } from '../../i18n/use-texts.ts';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES, LABEL_CLASSES } from '../../ui/field.ts';
import { OPTION_CLASSES, POPOVER_CLASSES } from '../../ui/select.tsx';
import type { Interpretation } from './interpret.ts';
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
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focusRequest === 0) return;
    input.current?.focus();
    input.current?.select();
  }, [focusRequest]);
  const isWrong = meaning.kind === 'invalid' || meaning.kind === 'digest' || isDuplicate;
  return (
    <div className="space-y-1.5">
      <ComboBox
        allowsCustomValue
        inputValue={value}
        onInputChange={onChange}
        defaultItems={suggestions}
        // Opened with the button or the down arrow only: a list that opens while typing would cover what the text means.
        menuTrigger="manual"
        isInvalid={isWrong}
        className="flex flex-col gap-1"
      >
        <div className="flex items-center justify-between">
          <Label className={LABEL_CLASSES}>{number === 1 ? t('target.label') : t('target.numbered', { number })}</Label>
          {onRemove === undefined ? null : (
            <IconButton
              slot={null}
              icon={X}
              label={t('target.remove', { number })}
              onPress={onRemove}
              className="-my-1"
            />
          )}
        </div>
        <div className="relative flex">
          <Input
            ref={input}
            placeholder={t('target.placeholder')}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            className={classes(INPUT_CLASSES, 'pr-8')}
          />
          <AriaButton
            aria-label={t('target.suggestions')}
            className="absolute inset-y-0 right-0 flex w-8 items-center justify-center text-quiet hover:text-text"
          >
            <ChevronDown aria-hidden size={14} />
          </AriaButton>
        </div>
        <Popover className={POPOVER_CLASSES}>
          <ListBox<Suggestion> className="outline-none">
            {({ target, from }) => (
              <ListBoxItem id={target} textValue={target} className={OPTION_CLASSES}>
                <span className="min-w-0 flex-1 break-all">{target}</span>
                <span className="shrink-0 text-sm text-quiet">{t(`target.${from}`)}</span>
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      <TargetMeaning typed={value} meaning={meaning} isDuplicate={isDuplicate} />
    </div>
  );
}
