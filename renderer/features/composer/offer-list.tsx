import { Folder, Package, Server, Tag } from 'lucide-react';
import { useTexts } from '../../i18n/use-texts.ts';
import type { TargetPart, TypedParts } from '../../model/target-parts.ts';
import { classes } from '../../ui/classes.ts';
import type { Offer, OfferGroup } from './offers.ts';
import type { Offers } from './use-offers.ts';

interface OfferListProps {
  id: string;
  offers: Offers;
  part: TargetPart;
  parts: TypedParts;
  marked: Offer | undefined;
  onMark: (offer: Offer) => void;
  onTake: (offer: Offer) => void;
}

/** What can be taken for the part at the cursor, in groups; the keys are the field's. */
export function OfferList({ id, offers, part, parts, marked, onMark, onTake }: OfferListProps) {
  const { t } = useTexts();
  const flat = offers.groups.flatMap((group) => group.offers);
  return (
    <div className="max-h-[min(15.9rem,max(7rem,100vh-280px))] min-h-0 overflow-y-auto p-1">
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
                typed={parts[part]?.text ?? ''}
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
  /** So far, of this part. */
  typed: string;
  isMarked: boolean;
  onMark: () => void;
  onTake: () => void;
}

const PART_ICONS = { registry: Server, repository: Folder, tag: Tag } as const;

function Row({ id, offer, kind, part, typed, isMarked, onMark, onTake }: RowProps) {
  const { t, format } = useTexts();
  const Icon = kind === 'fromName' ? Package : PART_ICONS[part];
  const { note = '', mark, pushedAt } = offer;
  const notes = [
    mark === undefined ? note : t(`picker.${mark}`),
    pushedAt === undefined ? '' : t('picker.pushed', { when: format.age(new Date(pushedAt).toISOString()) }),
  ].filter(Boolean);
  return (
    // The keys are the field's, which keeps the focus (aria-activedescendant).
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isMarked}
      // What stands out of the text is not read as a word of its own.
      aria-label={[offer.text, notes.join(' · ')].filter(Boolean).join(' ')}
      onMouseMove={onMark}
      onPointerUp={onTake}
      className={classes('flex h-7 items-center gap-2 rounded-sm px-2', isMarked && 'bg-selected')}
    >
      <Icon aria-hidden size={12} className="shrink-0 text-quiet" />
      <span className="min-w-0 flex-1 truncate" title={offer.target}>
        <Matched text={offer.text} typed={typed} />
      </span>
      {notes.length === 0 ? null : (
        <>
          {/* As in its name, where it is a word of its own. */}{' '}
          <span className="max-w-[60%] shrink-0 truncate text-sm text-quiet">{notes.join(' · ')}</span>
        </>
      )}
    </div>
  );
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
