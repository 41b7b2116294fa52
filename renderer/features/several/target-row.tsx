import { CircleAlert, type LucideIcon, Undo2, X } from 'lucide-react';
import { memo } from 'react';
import { Input } from 'react-aria-components';
import { shortDigest } from '../../../shared/digest.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRow } from '../../model/many-targets.ts';
import { editTargets } from '../../stores/several.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES } from '../../ui/field.ts';
import { NameText } from '../../ui/middle-text.tsx';
import { TAG_ICONS } from '../composer/tag-line.tsx';
import { type RowState, useRowState } from './tag-checks.ts';

interface TargetRowProps {
  row: ManyRow;
  options: TransferOptions;
  /** Registries that do not answer. */
  silent: ReadonlySet<string>;
  onLeaveOut: (imageId: string) => void;
}

/** Where there is room for columns: the image, its target, its size, what happens, and buttons. */
export const SHEET_COLUMNS = '@4xl:grid-cols-[minmax(0,0.9fr)_minmax(0,1.25fr)_4.5rem_minmax(0,15rem)_3.25rem]';

/** One of several images: what it is, where it goes, and what becomes of the tag there. */
export const TargetRow = memo(function TargetRow({ row, options, silent, onLeaveOut }: TargetRowProps) {
  const { t, format } = useTexts();
  const { image, target, problem, isEdited, apart } = row;
  const state = useRowState(row, options, silent);
  return (
    <li
      className={classes('grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 py-1.5 @4xl:gap-x-3', SHEET_COLUMNS)}
      data-testid="target-row"
      data-state={problem ?? state?.kind}
    >
      <span
        className="flex min-w-0 items-baseline gap-2 text-sm @4xl:contents"
        title={image.references[0] ?? image.name}
      >
        <NameText text={image.name} />
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
              button.closest('li')?.querySelector('input')?.focus();
              editTargets([[image.id, undefined]]);
            }}
          />
        ) : null}
        <IconButton icon={X} label={t('many.leaveOut', { name: image.name })} onPress={() => onLeaveOut(image.id)} />
      </span>
      <Input
        aria-label={t('many.targetOf', { name: image.name })}
        aria-invalid={problem !== undefined}
        value={target}
        spellCheck={false}
        placeholder={t('target.placeholder')}
        onChange={(event) => editTargets([[image.id, event.currentTarget.value]])}
        className={classes(
          INPUT_CLASSES,
          'col-span-2 font-mono text-sm @4xl:order-1 @4xl:col-span-1',
          problem !== undefined && 'border-bad',
        )}
      />
      <p className="col-span-2 flex min-h-5 min-w-0 items-center gap-1.5 text-sm @4xl:order-3 @4xl:col-span-1">
        {problem === undefined ? (
          state === undefined ? null : (
            <StateWords state={state} />
          )
        ) : (
          <Words icon={CircleAlert} className="text-bad" text={t(`many.problems.${problem}`)} />
        )}
      </p>
      {apart === undefined ? null : (
        <Button
          size="small"
          className="col-span-2 justify-self-start @4xl:order-5 @4xl:col-start-2"
          onPress={() => editTargets(apart)}
        >
          {t('many.addPlatform')}
        </Button>
      )}
    </li>
  );
});

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
