import { ChevronDown } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { partAt, type TargetPart, typedParts } from '../../model/target-parts.ts';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES, LABEL_CLASSES } from '../../ui/field.ts';
import { Key } from '../../ui/keys.tsx';
import { usePushShortcut } from '../../ui/use-push-shortcut.ts';
import { OfferList } from './offer-list.tsx';
import type { Offer } from './offers.ts';
import { onPickerKey } from './picker-keys.ts';
import { TargetChips } from './target-chips.tsx';
import { useOffers } from './use-offers.ts';

interface TargetPickerProps {
  image: ImageSummary;
  label: string;
  value: string;
  /** Whether the registry is asked for names, if the list is open. */
  mayAsk: boolean;
  onChange: (value: string) => void;
  isInvalid: boolean;
  /** Id of what explains the value. */
  describedBy: string;
  /** Next to the label. */
  action?: ReactNode;
  /** The last line of the open list: what the field's own explanation says, which the list covers. */
  status: ReactNode;
  ref: Ref<HTMLInputElement>;
}

/**
 * A text field for a target, with a list of what can be taken for the part at the cursor (ARIA combobox with a list popup). It stays one
 * text: the chips above the list only move the cursor. The list opens while typing, by the arrow keys, the chips and the button.
 */
export function TargetPicker(props: TargetPickerProps) {
  const { image, label, value, mayAsk, onChange, isInvalid, describedBy, action, status, ref } = props;
  const { t } = useTexts();
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState(value.length);
  const [wantsList, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const parts = useMemo(() => typedParts(value), [value]);
  const part = partAt(parts, caret);
  // A repository in upper case cannot be, and has no tags to look for: what mends it is said in their place.
  const isOpen = wantsList && !(part === 'tag' && /[A-Z]/.test(parts.repository?.text ?? ''));
  const offers = useOffers(image, part, parts, { isOpen, mayAsk });
  const flat = offers.groups.flatMap((group) => group.offers);
  const marked = isOpen ? flat[Math.min(active, flat.length - 1)] : undefined;
  const ghost = ghostOf(marked, value, caret);
  const input = () => root.current?.querySelector('input');
  useEffect(() => {
    if (!isOpen) return;
    root.current?.querySelector('[role="option"][aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [isOpen, active]);

  // What it was open for is done; it would hide what becomes of it.
  usePushShortcut(() => setOpen(false));
  const open = () => (setActive(0), setOpen(true));
  const type = (text: string, at: number) => {
    onChange(text);
    setCaret(at);
    open();
  };
  const take = ({ target }: Offer) => {
    onChange(target);
    setCaret(target.length);
    setActive(0);
    // What ends in a separator goes on to the next part.
    setOpen(/[/:]$/.test(target));
  };
  const goTo = (wanted: TargetPart) => {
    const at = parts[wanted];
    const field = input();
    if (at === undefined || field === null || field === undefined) return;
    field.focus();
    field.setSelectionRange(at.from, at.to);
    setCaret(at.to);
    open();
  };
  const step = (by: 1 | -1) => {
    if (flat.length > 0) setActive((Math.min(active, flat.length - 1) + by + flat.length) % flat.length);
  };
  const goBack = () => {
    const before = part === 'tag' ? 'repository' : 'registry';
    if (parts[before] === undefined) return false;
    goTo(before);
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) =>
    onPickerKey(event, { isOpen, marked, ghost, part, open, close: () => setOpen(false), step, take, goBack });
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
          aria-activedescendant={marked ? `${id}-${flat.indexOf(marked)}` : undefined}
          aria-autocomplete="both"
          aria-invalid={isInvalid || undefined}
          aria-describedby={describedBy}
          data-invalid={isInvalid || undefined}
          value={value}
          onChange={(event) => type(event.target.value, event.target.selectionStart ?? event.target.value.length)}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? value.length)}
          onKeyDown={onKeyDown}
          onBlur={() => setOpen(false)}
          placeholder={t('target.placeholder')}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          className={classes(INPUT_CLASSES, 'pr-8')}
        />
        {ghost === '' ? null : <Ghost typed={value} rest={ghost} />}
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('target.suggestions')}
          aria-expanded={isOpen}
          // The field keeps the focus: losing it closes the list.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            input()?.focus();
            if (isOpen) setOpen(false);
            else open();
          }}
          className="absolute inset-y-0 right-0 flex w-8 items-center justify-center text-quiet hover:text-text"
        >
          <ChevronDown aria-hidden size={14} />
        </button>
        {isOpen ? (
          <div
            role="presentation"
            className="popover absolute inset-x-0 top-full z-20 mt-1.5 flex flex-col overflow-hidden rounded-lg border border-line-strong bg-raised shadow-lg"
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
          >
            <TargetChips parts={parts} part={part} goTo={goTo} />
            <OfferList
              id={id}
              image={image}
              mayAsk={mayAsk}
              offers={offers}
              part={part}
              parts={parts}
              marked={marked}
              onMark={(offer) => setActive(flat.indexOf(offer))}
              onTake={take}
            />
            <div aria-hidden className="shrink-0 space-y-1 border-t border-line bg-sunken px-3 py-2 empty:hidden">
              {status}
              {offers.groups.length > 0 ? <PickerKeys hasBefore={part !== 'registry'} /> : null}
            </div>
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** What the keys do, where there is room: the list hides what it is about. */
function PickerKeys({ hasBefore }: { hasBefore: boolean }) {
  const { t } = useTexts();
  const keys = [
    ['↑ ↓', 'choose'],
    ['Tab', 'take'],
    ...(hasBefore ? ([['⇧ Tab', 'back']] as const) : []),
    ['Esc', 'close'],
  ] as const;
  return (
    <p className="flex flex-wrap gap-x-2.5 gap-y-1 pt-0.5 text-xs text-quiet [@media(height<640px)]:hidden">
      {keys.map(([name, what]) => (
        <span key={what} className="flex items-center gap-1 whitespace-nowrap">
          <Key name={name} /> {t(`picker.keys.${what}`)}
        </span>
      ))}
    </p>
  );
}

/** What the marked offer adds to the text, where the cursor is at its end. */
function ghostOf(marked: Offer | undefined, value: string, caret: number): string {
  const fits = marked !== undefined && caret === value.length && value !== '' && marked.target.startsWith(value);
  return fits ? marked.target.slice(value.length) : '';
}

/** The rest of the marked offer, behind what is typed. It stands where the text of the field ends. */
function Ghost({ typed, rest }: { typed: string; rest: string }) {
  return (
    <span
      aria-hidden
      className="pointer-events-none absolute inset-y-0 right-8 left-0 flex items-center pt-px overflow-hidden border border-transparent px-2 whitespace-pre"
    >
      <span className="invisible shrink-0">{typed}</span>
      <span className="text-quiet">{rest}</span>
    </span>
  );
}
