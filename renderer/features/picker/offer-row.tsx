import { Folder, Package, Server, Tag } from 'lucide-react';
import { briefDigest } from '../../../shared/digest.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { TargetPart } from '../../model/target-parts.ts';
import { classes } from '../../ui/classes.ts';
import type { Offer, OfferGroup } from './offers.ts';
import type { TagFacts } from './tag-facts.ts';

/** Columns of facts that a list has. */
export interface FactColumns {
  digest: boolean;
  date: boolean;
}

/** Those that there is something for: names of tags need the room, too. */
export function columnsOf(facts: readonly TagFacts[]): FactColumns {
  return { digest: facts.some(({ digest }) => digest), date: facts.some(({ date }) => date) };
}

interface OfferRowProps {
  id: string;
  offer: Offer;
  kind: OfferGroup['kind'];
  part: TargetPart;
  /** So far, of this part. */
  typed: string;
  /** Of a tag. */
  facts: TagFacts | undefined;
  /** The tag is the image that is to be pushed. */
  isSame: boolean;
  columns: FactColumns;
  isMarked: boolean;
  onMark: () => void;
  onTake: () => void;
}

const PART_ICONS = { registry: Server, repository: Folder, tag: Tag } as const;

/** One offer: what is taken, and what is known of it. */
export function OfferRow(props: OfferRowProps) {
  const { id, offer, kind, part, typed, facts, isSame, columns, isMarked, onMark, onTake } = props;
  const { t, format } = useTexts();
  const Icon = kind === 'fromName' ? Package : PART_ICONS[part];
  const mark = isSame
    ? t('picker.sameImage')
    : offer.mark === undefined
      ? (offer.note ?? '')
      : t(`picker.${offer.mark}`);
  const age = format.age(facts?.date?.iso);
  const date = facts?.date === undefined || age === '' ? '' : t(`picker.${facts.date.kind}`, { when: age });
  const digest = facts?.digest === undefined ? '' : briefDigest(facts.digest);
  const words = [mark, age, digest].filter(Boolean).join(' · ');
  return (
    // The keys are the field's, which keeps the focus (aria-activedescendant).
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isMarked}
      // What stands out of the text is not read as a word of its own.
      aria-label={[offer.text, words].filter(Boolean).join(' ')}
      aria-describedby={date === '' ? undefined : `${id}-since`}
      data-tag={offer.tag?.isListed ? offer.tag.target : undefined}
      onMouseMove={onMark}
      onPointerUp={onTake}
      className={classes('flex h-7 items-center gap-2 rounded-sm px-2', isMarked && 'bg-selected')}
    >
      <Icon aria-hidden size={12} className="shrink-0 text-quiet" />
      <span className="flex min-w-0 flex-1 items-center gap-2">
        <span className={classes('min-w-0 truncate', offer.tag === undefined && 'flex-1')} title={offer.target}>
          <Matched text={offer.text} typed={typed} />
        </span>
        {/* As in its name, where each is a word of its own. */}
        {mark === '' ? null : (
          <>
            {' '}
            <Mark text={mark} look={isSame ? 'chip' : offer.tag === undefined ? 'quiet' : 'accent'} />
          </>
        )}
      </span>
      {columns.date ? (
        <>
          {' '}
          <span className="order-1 w-20 shrink-0 truncate text-right text-sm text-quiet" title={date}>
            {age}
          </span>
          <span id={`${id}-since`} hidden>
            {date}
          </span>
        </>
      ) : null}
      {/* Read last: what it is, and since when, says more to who listens. */}
      {columns.digest ? (
        <>
          {' '}
          <span className="hidden w-[8ch] shrink-0 font-mono text-sm text-quiet @[320px]:block" title={facts?.digest}>
            {digest}
          </span>
        </>
      ) : null}
    </div>
  );
}

const MARK_LOOKS = {
  quiet: 'max-w-[60%] text-quiet',
  accent: 'text-accent',
  chip: 'rounded-sm bg-hover px-1.5 text-quiet outline-1 -outline-offset-1 outline-line',
} as const;

function Mark({ text, look }: { text: string; look: keyof typeof MARK_LOOKS }) {
  return <span className={classes('shrink-0 truncate text-sm', MARK_LOOKS[look])}>{text}</span>;
}

/** The text with what is typed of it standing out. */
function Matched({ text, typed }: { text: string; typed: string }) {
  const at = typed === '' ? -1 : text.toLowerCase().indexOf(typed.toLowerCase());
  if (at === -1) return text;
  return (
    <>
      {text.slice(0, at)}
      <strong className="font-semibold">{text.slice(at, at + typed.length)}</strong>
      {text.slice(at + typed.length)}
    </>
  );
}
