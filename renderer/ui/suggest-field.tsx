import { ChevronDown } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useId, useRef, useState } from 'react';
import { useTexts } from '../i18n/use-texts.ts';
import { classes } from './classes.ts';
import { INPUT_CLASSES, LABEL_CLASSES } from './field.ts';

export interface SuggestItem {
  value: string;
  /** Shown quietly next to the value. */
  note: string;
}

interface SuggestFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  items: readonly SuggestItem[];
  placeholder: string;
  isInvalid: boolean;
  /** Id of what explains the value. */
  describedBy: string;
  /** Beside the label. */
  action?: ReactNode;
  ref?: Ref<HTMLInputElement>;
}

/**
 * A text field with suggestions (ARIA combobox with list popup, no filtering). React Aria's ComboBox hides the rest of the
 * page from assistive technology while it is open, focusable parts included; here what the text means stays readable.
 * The list opens by the button or the arrow keys only: while typing it would cover the meaning of what is typed.
 */
export function SuggestField(props: SuggestFieldProps) {
  const { label, value, onChange, items, placeholder, isInvalid, describedBy, action, ref } = props;
  const { t } = useTexts();
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const { active, setActive, close, onKeyDown } = useSuggestions(items, onChange, root);
  const isOpen = active !== undefined;
  const choose = (item: SuggestItem) => {
    onChange(item.value);
    close();
  };
  return (
    <div ref={root} className="flex flex-col gap-1">
      <div className="flex items-center justify-between">
        <label htmlFor={id} className={LABEL_CLASSES}>
          {label}
        </label>
        {action}
      </div>
      <div className="relative flex">
        <input
          id={id}
          ref={ref}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={isOpen ? `${id}-list` : undefined}
          aria-activedescendant={isOpen ? `${id}-${active}` : undefined}
          aria-autocomplete="none"
          aria-invalid={isInvalid || undefined}
          aria-describedby={describedBy}
          data-invalid={isInvalid || undefined}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
            close();
          }}
          onKeyDown={onKeyDown}
          onBlur={close}
          placeholder={placeholder}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          className={classes(INPUT_CLASSES, 'pr-8')}
        />
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('target.suggestions')}
          aria-expanded={isOpen}
          disabled={items.length === 0}
          // The field keeps the focus: losing it closes the list.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            root.current?.querySelector('input')?.focus();
            setActive(isOpen ? undefined : 0);
          }}
          className="absolute inset-y-0 right-0 flex w-8 items-center justify-center text-quiet hover:text-text disabled:opacity-40"
        >
          <ChevronDown aria-hidden size={14} />
        </button>
        {isOpen ? (
          <div
            id={`${id}-list`}
            role="listbox"
            aria-label={t('target.suggestions')}
            className="absolute inset-x-0 top-full z-20 mt-1 max-h-60 overflow-y-auto rounded-md border border-line-strong bg-raised p-1 shadow-lg"
          >
            {/* The keys are the field's, which keeps the focus (aria-activedescendant). */}
            {items.map((item, index) => (
              <div
                key={item.value}
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === active}
                onMouseDown={(event) => event.preventDefault()}
                onMouseMove={() => setActive(index)}
                onPointerUp={() => choose(item)}
                className={classes(
                  'flex min-h-7 items-center gap-2 rounded-sm px-2 py-1',
                  index === active && 'bg-selected',
                )}
              >
                <span className="min-w-0 flex-1 break-all">{item.value}</span>
                <span className="shrink-0 text-sm text-quiet">{item.note}</span>
              </div>
            ))}
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** The open list's active row (undefined: closed), moved by the arrow keys. */
function useSuggestions(
  items: readonly SuggestItem[],
  onChange: (value: string) => void,
  root: { readonly current: HTMLDivElement | null },
) {
  const [active, setActive] = useState<number>();
  const close = () => setActive(undefined);
  useEffect(() => {
    if (active === undefined) return;
    root.current?.querySelector('[role="option"][aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active, root]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (items.length === 0) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const from = active ?? (step === 1 ? -1 : 0);
      setActive((from + step + items.length) % items.length);
    } else if (active !== undefined && event.key === 'Enter') {
      event.preventDefault();
      const item = items[active];
      if (item !== undefined) onChange(item.value);
      close();
    } else if (active !== undefined && event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
  };
  return { active, setActive, close, onKeyDown };
}
