import type { TFunction } from 'i18next';
import { briefDigest, type Digest } from '../../../shared/digest.ts';
import { parseReference } from '../../../shared/reference.ts';
import type { PushPreview } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { RichText } from '../../ui/rich-text.tsx';
import { sinceText } from '../picker/since-text.ts';
import { TAG_ICONS } from '../picker/tag-line.tsx';
import { useTagDate } from '../picker/use-tag-date.ts';

type TagChange = PushPreview['tag'];

const TONES: Record<TagChange['state'], { strong: string; icon: string }> = {
  new: { strong: 'text-text', icon: 'text-good' },
  same: { strong: 'text-text', icon: 'text-quiet' },
  moves: { strong: 'text-warn', icon: 'text-warn' },
  kept: { strong: 'text-warn', icon: 'text-warn' },
  unknown: { strong: 'text-text', icon: 'text-quiet' },
};

/** What becomes of the tag; of one that moves what it was, to be copied: that brings it back. */
export function TagNotice({ preview }: { preview: PushPreview }) {
  const { t } = useTexts();
  const { tag } = preview;
  const Icon = TAG_ICONS[tag.state];
  const moved = tag.state === 'moves' ? tag.from : undefined;
  const words = useNoticeWords(preview, moved);
  return (
    <div
      data-testid="tag-notice"
      data-state={tag.state}
      className={classes(
        'flex min-h-9 items-center gap-2.5 rounded-md px-3 py-1',
        TONES[tag.state].strong === 'text-warn' ? 'bg-warn-surface' : 'bg-sunken',
      )}
    >
      <Icon aria-hidden size={15} className={classes('shrink-0', TONES[tag.state].icon)} />
      <span className="selectable min-w-0 flex-1 break-words text-quiet" title={moved}>
        <RichText text={words} strong={TONES[tag.state].strong} />
      </span>
      {moved === undefined ? null : <CopyButton text={moved} label={t('preview.copyBefore')} />}
    </div>
  );
}

function useNoticeWords({ target, tag, digest }: PushPreview, moved: Digest | undefined): string {
  const texts = useTexts();
  const { t, said } = texts;
  const { repository, tag: name = 'latest' } = parseReference(target);
  const since = sinceText(useTagDate(target, moved), texts);
  switch (tag.state) {
    case 'new':
      return t('target.new', { tag: name, repository });
    case 'same':
      return t('target.same');
    case 'kept':
      return t('target.kept', { tag: name, digest: briefDigest(tag.digest) });
    case 'unknown':
      return t('preview.tagUnknown', { reason: said(tag.reason) });
    case 'moves': {
      const names = { tag: name, from: briefDigest(tag.from), since };
      return digest === undefined
        ? t('target.movesFrom', names)
        : t('preview.moves', { ...names, to: briefDigest(digest) });
    }
  }
}

/** The same in a few words, for a tab. */
export function TagWords({ preview: { target, tag } }: { preview: PushPreview }) {
  const { t } = useTexts();
  return <span className={TONES[tag.state].strong === 'text-warn' ? 'text-warn' : ''}>{wordsOf(tag, target, t)}</span>;
}

/** Its icon. */
export function TagIcon({ tag }: Pick<PushPreview, 'tag'>) {
  const Icon = TAG_ICONS[tag.state];
  return <Icon aria-hidden size={13} className={classes('shrink-0', TONES[tag.state].icon)} />;
}

function wordsOf(tag: TagChange, target: string, t: TFunction): string {
  return t(`preview.tags.${tag.state}`, { tag: parseReference(target).tag });
}
