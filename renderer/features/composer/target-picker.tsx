import { ChevronDown, ChevronRight, Folder, Package, Server, Tag } from 'lucide-react';
import {
  Fragment,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { partAt, type TargetPart, type TypedParts, typedParts } from '../../model/target-parts.ts';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES, LABEL_CLASSES } from '../../ui/field.ts';
import type { Offer, OfferGroup } from './offers.ts';
import { type Offers, useOffers } from './use-offers.ts';

interface TargetPickerProps {
  image: ImageSummary;
  label: string;
  value: string;
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

const PARTS = ['registry', 'repository', 'tag'] as const;

/**
 * A text field for a target, with a list of what can be taken for the part at the cursor (ARIA combobox with a list popup). It stays one
 * text: the chips above the list only move the cursor. The list opens while typing, by the arrow keys, the chips and the button.
 */
export function TargetPicker(props: TargetPickerProps) {
  const { image, label, value, onChange, isInvalid, describedBy, action, status, ref } = props;
  const { t } = useTexts();
  const id = useId();
  const root = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState(value.length);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const parts = useMemo(() => typedParts(value), [value]);
  const part = partAt(parts, caret);
  const offers = useOffers(image, part, parts, isOpen);
  const flat = offers.groups.flatMap((group) => group.offers);
  const marked = isOpen ? flat[Math.min(active, flat.length - 1)] : undefined;
  const ghost = ghostOf(marked, value, caret);
  const input = () => root.current?.querySelector('input');
  useEffect(() => {
    if (!isOpen) return;
    root.current?.querySelector('[role="option"][aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [isOpen, active]);

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
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const isAtEnd = event.currentTarget.selectionStart === value.length;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && !event.altKey) {
      event.preventDefault();
      if (!isOpen) open();
      else if (flat.length > 0) setActive((Math.min(active, flat.length - 1) + step + flat.length) % flat.length);
    } else if (!isOpen) {
      return;
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && marked) {
      event.preventDefault();
      take(marked);
    } else if (
      (event.key === 'ArrowRight' || event.key === 'Tab') &&
      !event.shiftKey &&
      isAtEnd &&
      ghost !== '' &&
      marked
    ) {
      event.preventDefault();
      take(marked);
    } else if (event.key === 'Tab' && event.shiftKey && part !== 'registry') {
      const before = part === 'tag' ? 'repository' : 'registry';
      if (parts[before] === undefined) return;
      event.preventDefault();
      goTo(before);
    }
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
            className="picker-in absolute inset-x-0 top-full z-20 mt-1.5 flex flex-col overflow-hidden rounded-lg border border-line-strong bg-raised shadow-lg"
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
          >
            <Chips parts={parts} part={part} goTo={goTo} />
            <OfferList
              id={id}
              offers={offers}
              part={part}
              parts={parts}
              marked={marked}
              onMark={(offer) => setActive(flat.indexOf(offer))}
              onTake={take}
            />
            <div aria-hidden className="shrink-0 space-y-1 border-t border-line bg-sunken px-3 py-2 empty:hidden">
              {status}
            </div>
          </div>
        ) : null}
      </div>
    </div>
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

/** The parts of what is typed; the one at the cursor stands out. A click puts the cursor there. */
function Chips({ parts, part, goTo }: { parts: TypedParts; part: TargetPart; goTo: (part: TargetPart) => void }) {
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

interface OfferListProps {
  id: string;
  offers: Offers;
  part: TargetPart;
  parts: TypedParts;
  marked: Offer | undefined;
  onMark: (offer: Offer) => void;
  onTake: (offer: Offer) => void;
}

function OfferList({ id, offers, part, parts, marked, onMark, onTake }: OfferListProps) {
  const { t } = useTexts();
  const flat = offers.groups.flatMap((group) => group.offers);
  return (
    <div className="max-h-60 min-h-0 overflow-y-auto p-1">
      <div id={`${id}-list`} role="listbox" aria-label={t('target.suggestions')}>
        {offers.groups.map((group) => (
          <div key={group.kind} role="group" aria-labelledby={`${id}-${group.kind}`}>
            <div id={`${id}-${group.kind}`} role="presentation" className="section-title flex h-6 items-center px-2">
              <span className="min-w-0 flex-1 truncate">{groupTitle(group, parts, t)}</span>
              <span className="font-normal">{counted(group, t)}</span>
            </div>
            {group.offers.map((offer) => (
              <Row
                key={offer.target}
                id={`${id}-${flat.indexOf(offer)}`}
                offer={offer}
                kind={group.kind}
                part={part}
                isMarked={offer === marked}
                onMark={() => onMark(offer)}
                onTake={() => onTake(offer)}
              />
            ))}
          </div>
        ))}
      </div>
      <ListNote offers={offers} part={part} parts={parts} />
    </div>
  );
}

type Translate = ReturnType<typeof useTexts>['t'];

function groupTitle({ kind }: OfferGroup, { repository, tag }: TypedParts, t: Translate): string {
  if (kind !== 'tags') return t(`picker.${kind}`);
  const names = { repository: repository?.text ?? '', text: tag?.text ?? '' };
  return names.text === '' ? t('picker.allTags', names) : t('picker.tagsIn', names);
}

function counted({ total, offers }: OfferGroup, t: Translate): string {
  return total === undefined || total === offers.length ? '' : t('picker.of', { shown: offers.length, total });
}

/** Why there is no more to choose from. */
function ListNote({ offers, part, parts }: Pick<OfferListProps, 'offers' | 'part' | 'parts'>) {
  const { t } = useTexts();
  const registry = parts.registry?.text ?? 'docker.io';
  const words = offers.isAsking
    ? t('picker.waiting', { registry })
    : offers.failure !== undefined && part === 'repository'
      ? t('picker.noCatalog', { registry })
      : offers.failure !== undefined
        ? t('picker.noTags', { registry, reason: t(`errors.${offers.failure}`) })
        : offers.hasMore
          ? t('picker.more')
          : offers.groups.length === 0
            ? t(part === 'tag' ? 'picker.newTag' : 'picker.nothing')
            : '';
  return words === '' ? null : <p className="px-2 py-1 text-sm text-quiet">{words}</p>;
}

interface RowProps {
  id: string;
  offer: Offer;
  kind: OfferGroup['kind'];
  part: TargetPart;
  isMarked: boolean;
  onMark: () => void;
  onTake: () => void;
}

const PART_ICONS = { registry: Server, repository: Folder, tag: Tag } as const;

function Row({ id, offer, kind, part, isMarked, onMark, onTake }: RowProps) {
  const { t } = useTexts();
  const Icon = kind === 'fromName' ? Package : PART_ICONS[part];
  const note = offer.mark === undefined ? (offer.note ?? '') : t(`picker.${offer.mark}`);
  return (
    // The keys are the field's, which keeps the focus (aria-activedescendant).
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isMarked}
      onMouseMove={onMark}
      onPointerUp={onTake}
      className={classes('flex h-7 items-center gap-2 rounded-sm px-2', isMarked && 'bg-selected')}
    >
      <Icon aria-hidden size={12} className="shrink-0 text-quiet" />
      <span className="min-w-0 flex-1 truncate" title={offer.target}>
        {offer.text}
      </span>
      <span className="max-w-[45%] shrink-0 truncate text-sm text-quiet">{note}</span>
    </div>
  );
}
