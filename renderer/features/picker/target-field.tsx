import { X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { defaultTarget, type Interpretation } from '../../model/interpret.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { askRegistry, forgetRegistryNames } from './registry-answers.ts';
import { TagLine } from './tag-line.tsx';
import { useMayAsk, useTagState } from './tag-state.ts';
import { TargetMeaning } from './target-meaning.tsx';
import { TargetPicker } from './target-picker.tsx';
import { useTagDate } from './use-tag-date.ts';

interface TargetFieldProps {
  image: ImageSummary;
  /** 1 for the first; further destinations are numbered and can be removed. */
  number: number;
  value: string;
  /** The person has typed or taken it. */
  isChosen: boolean;
  meaning: Interpretation;
  isDuplicate: boolean;
  options: TransferOptions;
  /** Bumped to put the cursor here. */
  focusRequest: number;
  onChange: (value: string) => void;
  onOptions: (options: TransferOptions) => void;
  onRemove?: (() => void) | undefined;
}

/** One destination: the field to choose it with, below it what the text means, and what becomes of the tag. */
export function TargetField(props: TargetFieldProps) {
  const { image, number, value, isChosen, meaning, options, onChange, onOptions, onRemove, focusRequest, isDuplicate } =
    props;
  const { t } = useTexts();
  const meaningId = useId();
  const input = useRef<HTMLInputElement>(null);
  const mayAsk = useMayAsk(value, meaning, isChosen);
  const tag = useTagState(image, meaning, options, mayAsk);
  const date = useTagDate(
    meaning.kind === 'valid' ? meaning.canonical : '',
    tag?.kind === 'moves' ? tag.from : undefined,
  );
  useEffect(() => {
    if (focusRequest === 0) return;
    input.current?.focus();
    input.current?.select();
  }, [focusRequest]);
  const ownName = defaultTarget(image);
  const takeOwnName = () => {
    onChange(ownName);
    // The button goes with it.
    input.current?.focus();
  };
  const isValid = meaning.kind === 'valid' && !isDuplicate;
  const said = { typed: value, meaning, isDuplicate };
  return (
    <div className="group/target space-y-1.5">
      <TargetPicker
        ref={input}
        image={image}
        label={number === 1 ? t('target.label') : t('target.numbered', { number })}
        value={value}
        mayAsk={mayAsk}
        onChange={onChange}
        isInvalid={meaning.kind === 'invalid' || meaning.kind === 'digest' || isDuplicate}
        describedBy={meaningId}
        status={
          isValid && tag ? (
            <TagLine state={tag} reference={meaning.reference} date={date} />
          ) : (
            <TargetMeaning {...said} />
          )
        }
        action={
          onRemove !== undefined ? (
            <IconButton icon={X} label={t('target.remove', { number })} onPress={onRemove} className="-my-1" />
          ) : ownName === '' || ownName === value ? undefined : (
            <Button look="link" onPress={takeOwnName} className="-my-1 min-w-0">
              <span className="truncate">{t('target.ownName')}</span>
            </Button>
          )
        }
      />
      {/* The open list says the same in its last line, and may not cover all of this. */}
      <div id={meaningId} className="space-y-1.5 group-has-[input[aria-expanded=true]]/target:opacity-0">
        <TargetMeaning {...said} onWrite={onChange} />
        {isValid && tag ? (
          <div aria-live="polite">
            <TagLine
              state={tag}
              reference={meaning.reference}
              date={date}
              actions={{
                moveIt: () => onOptions({ ...options, onlyNew: undefined }),
                askAgain: () => {
                  forgetRegistryNames('registries.tag', meaning.canonical);
                  askRegistry('registries.tag', meaning.canonical);
                },
              }}
            />
          </div>
        ) : null}
      </div>
    </div>
  );
}
