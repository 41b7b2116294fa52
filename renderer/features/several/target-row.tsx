import { CircleAlert, type LucideIcon, TriangleAlert, Undo2, X } from 'lucide-react';
import { memo } from 'react';
import { Input } from 'react-aria-components';
import { shortDigest } from '../../../shared/digest.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { useImages } from '../../stores/images.ts';
import { editTargets } from '../../stores/several.ts';
import { IconButton } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES } from '../../ui/field.ts';
import { NameText } from '../../ui/middle-text.tsx';
import { TAG_ICONS } from '../picker/tag-line.tsx';
import { ConflictBar } from './conflict-bar.tsx';
import { TARGET_FIELD } from './push-together.ts';
import { type RowState, useRowState } from './tag-checks.ts';

interface TargetRowProps {
  row: ManyRow;
  options: TransferOptions;
  /** Registries that do not answer. */
  silent: ReadonlySet<string>;
  /** Rows that are left out stay, with an empty box; else they go. */
  hasBoxes: boolean;
  /** Leaves images out, or takes them in again, by their ids. */
  onToggle: (imageIds: readonly string[]) => void;
}

/** Where there is room for columns: the image, its target, its size, what happens, and buttons. */
export const SHEET_COLUMNS = '@4xl:grid-cols-[minmax(0,0.9fr)_minmax(0,1.25fr)_4.5rem_minmax(0,15rem)_3.25rem]';

/** One of several images: what it is, where it goes, and what becomes of the tag there. */
export const TargetRow = memo(function TargetRow({ row, options, silent, hasBoxes, onToggle }: TargetRowProps) {
  const { t, format } = useTexts();
  const { image, target, canonical = target, problem, isEdited, fixes } = row;
  const isOut = problem === 'leftOut';
  const isWrong = problem !== undefined && !isOut;
  const state = useRowState(row, options, silent);
  return (
    <li
      className={classes(
        'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 py-1.5 @4xl:gap-x-3 @4xl:py-0.75',
        SHEET_COLUMNS,
      )}
      data-testid="target-row"
      data-state={problem ?? state?.kind}
    >
      <span className="flex min-w-0 items-center gap-2 text-sm @4xl:contents" title={image.references[0] ?? image.name}>
        <span className="flex min-w-0 items-center gap-2">
          {hasBoxes ? (
            <Checkbox
              isSelected={!isOut}
              aria-label={t('many.include', { name: image.name })}
              onChange={() => onToggle([image.id])}
              className="shrink-0"
            />
          ) : null}
          <NameText text={image.name} />
          {problem === 'conflict' ? <WhereFrom sourceId={image.sourceId} /> : null}
        </span>
        {image.size === undefined ? null : (
          <span className="shrink-0 text-quiet tabular @4xl:order-2 @4xl:text-right">{format.bytes(image.size)}</span>
        )}
      </span>
      <span className="flex justify-end @4xl:order-4">
        {isEdited ? (
          <IconButton
            icon={Undo2}
            label={t('many.undo', { name: image.name })}
            onPress={({ target: button }) => {
              // The button goes with what was typed; the keyboard stays in its row.
              button.closest('li')?.querySelector<HTMLElement>(TARGET_FIELD)?.focus();
              editTargets([[image.id, undefined]]);
            }}
          />
        ) : null}
        {hasBoxes ? null : (
          <IconButton icon={X} label={t('many.leaveOut', { name: image.name })} onPress={() => onToggle([image.id])} />
        )}
      </span>
      <Input
        aria-label={t('many.targetOf', { name: image.name })}
        aria-invalid={isWrong}
        value={target}
        disabled={isOut}
        spellCheck={false}
        placeholder={t('target.placeholder')}
        onChange={(event) => editTargets([[image.id, event.currentTarget.value]])}
        className={classes(
          INPUT_CLASSES,
          'col-span-2 font-mono text-sm @4xl:order-1 @4xl:col-span-1 @4xl:h-7',
          isOut && 'text-quiet',
          isWrong && (problem === 'conflict' ? 'border-warn! bg-warn-surface!' : 'border-bad'),
        )}
      />
      <p className="col-span-2 flex min-h-5 min-w-0 items-center gap-1.5 text-sm @4xl:order-3 @4xl:col-span-1">
        {problem !== undefined ? (
          <ProblemWords problem={problem} twin={row.twin} />
        ) : state === undefined ? null : (
          <StateWords state={state} />
        )}
      </p>
      {fixes === undefined ? null : <ConflictBar target={canonical} fixes={fixes} onLeaveOut={onToggle} />}
    </li>
  );
});

/** What tells images of one name apart. */
function WhereFrom({ sourceId }: { sourceId: string }) {
  const source = useImages(({ sources }) => sources.find(({ id }) => id === sourceId));
  if (source === undefined || source.automatic) return null;
  return (
    <span className="min-w-12 flex-1 text-quiet" title={source.location}>
      <NameText text={source.label} />
    </span>
  );
}

function ProblemWords({ problem, twin }: { problem: NonNullable<ManyRow['problem']>; twin: ManyRow['twin'] }) {
  const { t } = useTexts();
  if (problem === 'leftOut') return <span className="text-quiet">{t('many.problems.leftOut')}</span>;
  if (problem !== 'conflict') {
    return <Words icon={CircleAlert} className="text-bad" text={t(`many.problems.${problem}`)} />;
  }
  const text = twin === undefined ? t('many.problems.conflict') : t(`many.twins.${twin}`);
  return <Words icon={TriangleAlert} className="text-warn" text={text} />;
}

function StateWords({ state }: { state: RowState }) {
  const { t } = useTexts();
  if (state.kind === 'notChecked') {
    return <Words icon={TAG_ICONS.silent} className="text-quiet" text={t('many.states.notChecked')} />;
  }
  const isNoted = state.kind === 'moves' || state.kind === 'kept';
  return (
    <Words icon={TAG_ICONS[state.kind]} className={isNoted ? 'text-warn' : 'text-quiet'} text={rowWords(state, t)} />
  );
}

function rowWords(state: Exclude<RowState, { kind: 'notChecked' }>, t: ReturnType<typeof useTexts>['t']): string {
  switch (state.kind) {
    case 'moves':
      return state.from === undefined
        ? t('many.states.movesSomewhere')
        : t('many.states.moves', { from: shortDigest(state.from) });
    case 'unknown':
      return t('target.notKnown', { reason: t(`errors.${state.code}`) });
    default:
      return t(`many.states.${state.kind}`);
  }
}

function Words({ icon: Icon, className, text }: { icon: LucideIcon; className: string; text: string }) {
  return (
    <>
      <Icon aria-hidden size={13} className={classes('shrink-0', className)} />
      <span className={classes('min-w-0', className)}>{text}</span>
    </>
  );
}
