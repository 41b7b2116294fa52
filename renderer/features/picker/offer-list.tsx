import { Plus } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { TargetPart, TypedParts } from '../../model/target-parts.ts';
import { isSentAs, useSentAs } from '../../stores/sent-digests.ts';
import { columnsOf, OfferRow } from './offer-row.tsx';
import type { Offer, OfferGroup } from './offers.ts';
import type { Offers } from './use-offers.ts';
import { useTagFacts } from './use-tag-facts.ts';

interface OfferListProps {
  id: string;
  image: ImageSummary;
  offers: Offers;
  part: TargetPart;
  parts: TypedParts;
  /** Whether the registry is asked about tags. */
  mayAsk: boolean;
  marked: Offer | undefined;
  onMark: (offer: Offer) => void;
  onTake: (offer: Offer) => void;
}

/** What can be taken for the part at the cursor, in groups; the keys are the field's. */
export function OfferList({ id, image, offers, part, parts, mayAsk, marked, onMark, onTake }: OfferListProps) {
  const { t } = useTexts();
  const list = useRef<HTMLDivElement>(null);
  const sent = useSentAs(image);
  const flat = useMemo(() => offers.groups.flatMap((group) => group.offers), [offers.groups]);
  const tags = useMemo(() => flat.flatMap(({ tag }) => tag ?? []), [flat]);
  const facts = useTagFacts(list, tags, mayAsk);
  const columns = columnsOf([...facts.values()]);
  return (
    <div ref={list} className="@container max-h-[min(256px,max(7rem,100vh-280px))] min-h-0 overflow-y-auto p-1">
      <div id={`${id}-list`} role="listbox" aria-label={t('target.suggestions')}>
        {offers.groups.map((group) => (
          <div key={group.kind} role="group" aria-labelledby={`${id}-${group.kind}`}>
            <div id={`${id}-${group.kind}`} role="presentation" className="section-title flex h-6 items-center px-2">
              <span className="min-w-0 flex-1 truncate">{groupTitle(group, parts, t)}</span>
              <span className="font-normal">{counted(group, t)}</span>
            </div>
            {group.offers.map((offer) => (
              <OfferRow
                key={offer.target}
                id={`${id}-${flat.indexOf(offer)}`}
                offer={offer}
                kind={group.kind}
                part={part}
                typed={parts[part]?.text ?? ''}
                facts={offer.tag && facts.get(offer.tag.target)}
                isSame={isSentAs(offer.tag && facts.get(offer.tag.target)?.digest, sent)}
                columns={columns}
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
          : offers.groups.length === 0 && part !== 'tag'
            ? t('picker.nothing')
            : '';
  if (words !== '') return <p className="px-2 py-1 text-sm text-quiet">{words}</p>;
  return part === 'tag' ? <NewTag /> : null;
}

/** Not only tags that are there can be pushed to. */
function NewTag() {
  const { t } = useTexts();
  return (
    <p className="flex h-7 items-center gap-2 px-2 text-quiet">
      <Plus aria-hidden size={12} className="shrink-0" />
      {t('picker.newTag')}
    </p>
  );
}
