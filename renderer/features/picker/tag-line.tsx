import type { TFunction } from 'i18next';
import {
  CircleHelp,
  CloudOff,
  Equal,
  GitCompare,
  KeyRound,
  LoaderCircle,
  type LucideIcon,
  Plus,
  ShieldCheck,
} from 'lucide-react';
import { briefDigest } from '../../../shared/digest.ts';
import type { Reference } from '../../../shared/reference.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { RichText } from '../../ui/rich-text.tsx';
import { sinceText } from './since-text.ts';
import type { TagDate } from './tag-facts.ts';
import type { TagState } from './tag-state.ts';

/** One icon for each meaning, always with its words. */
export const TAG_ICONS: Record<TagState['kind'], LucideIcon> = {
  asking: LoaderCircle,
  new: Plus,
  same: Equal,
  moves: GitCompare,
  kept: ShieldCheck,
  silent: CloudOff,
  afterLogin: KeyRound,
  unasked: CircleHelp,
  unknown: CircleHelp,
};

interface TagLineProps {
  state: TagState;
  reference: Reference;
  /** Since when the tag is what it is now. */
  date: TagDate | undefined;
  /** What can be done about it; absent where only the words are shown. */
  actions?: { moveIt: () => void; askAgain: () => void };
}

/** What a push would do to the tag: new, the same image, or moved and from where. */
export function TagLine({ state, reference, date, actions }: TagLineProps) {
  const texts = useTexts();
  const { t } = texts;
  const Icon = TAG_ICONS[state.kind];
  const since = sinceText(date, texts);
  const isNoted = state.kind === 'moves' || state.kind === 'kept';
  const tone = isNoted || state.kind === 'silent' ? 'text-warn' : state.kind === 'new' ? 'text-good' : '';
  return (
    <div className="flex items-start gap-1.5 text-sm text-quiet" data-testid="tag-line" data-state={state.kind}>
      <Icon aria-hidden size={13} className={classes('mt-[3px] shrink-0', tone)} />
      <span className="min-w-0 flex-1 break-words" title={digestsOf(state)}>
        <RichText text={tagWords(state, reference, since, t)} strong={isNoted ? 'text-warn' : 'text-text'} />
      </span>
      {actions && state.kind === 'kept' ? (
        <Button look="link" onPress={actions.moveIt}>
          {t('target.moveIt')}
        </Button>
      ) : null}
      {actions && (state.kind === 'silent' || state.kind === 'unknown') ? (
        <Button look="link" onPress={actions.askAgain}>
          {t('target.askAgain')}
        </Button>
      ) : null}
      {actions && state.kind === 'unasked' ? (
        <Button look="link" onPress={actions.askAgain}>
          {t('target.ask')}
        </Button>
      ) : null}
    </div>
  );
}

/** The whole of what the line shows the begins of. */
function digestsOf(state: TagState): string | undefined {
  if (state.kind === 'kept') return state.digest;
  if (state.kind !== 'moves') return undefined;
  return [state.from, state.to].filter((digest) => digest !== undefined).join(' → ') || undefined;
}

function tagWords(
  state: TagState,
  { registry, repository, tag = 'latest' }: Reference,
  since: string,
  t: TFunction,
): string {
  switch (state.kind) {
    case 'asking':
      return t('picker.asking', { registry, tag });
    case 'new':
      return t('target.new', { tag, repository });
    case 'same':
      return t('target.same');
    case 'moves': {
      const { from, to } = state;
      if (from === undefined) return t('target.movesSomewhere', { tag });
      if (to === undefined) return t('target.movesFrom', { tag, from: briefDigest(from), since });
      return t('target.moves', { tag, from: briefDigest(from), since, to: briefDigest(to) });
    }
    case 'kept':
      return t('target.kept', { tag, digest: state.digest === undefined ? '' : briefDigest(state.digest) });
    case 'silent':
      return t('target.silent', { registry });
    case 'afterLogin':
      return t('target.afterLogin', { tag });
    case 'unasked':
      return t('target.unasked');
    case 'unknown':
      return t('target.notKnown', { reason: t(`errors.${state.code}`) });
  }
}
