import { CircleAlert, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Input } from 'react-aria-components';
import type { ImageSummary } from '../../../shared/images.ts';
import type { TransferOptions } from '../../../shared/ipc.ts';
import { inBackground, request } from '../../api.ts';
import { formatCount } from '../../i18n/format.ts';
import { texts } from '../../i18n/i18n.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { interpretTarget } from '../../model/interpret.ts';
import { type ManyRow, type ManyRule, manyRows, proposedPrefix } from '../../model/many-targets.ts';
import { showError, showErrors } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { selectImage, targetFocused, toggleImage, useView } from '../../stores/view.ts';
import { announce } from '../../ui/announce.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES } from '../../ui/field.ts';
import { TextField } from '../../ui/text-field.tsx';
import { CompanionLine } from '../companions/companion-line.tsx';
import { decideCompanions } from '../companions/decide-companions.ts';
import { PushOptions } from '../composer/push-options.tsx';
import { usePushOptions } from '../composer/use-push-options.ts';

/** In place of the details where several images are chosen: one rule for where they go, a row for each, one button. */
export function SeveralPane({ images }: { images: readonly ImageSummary[] }) {
  const { t, format } = useTexts();
  const recent = useSettings((state) => state.settings.recentTargets);
  // Until one is typed: rows of images that were just dropped come one after the other.
  const [typed, setTyped] = useState<string>();
  const [keepPath, setKeepPath] = useState(true);
  const prefix = typed ?? proposedPrefix(images, recent);
  const rule = useMemo((): ManyRule => ({ prefix, keepPath }), [prefix, keepPath]);
  const [edited, setEdited] = useState<ReadonlyMap<string, string>>(new Map());
  const rows = useMemo(() => manyRows(images, rule, edited), [images, rule, edited]);
  const size = images.reduce((sum, image) => sum + (image.size ?? 0), 0);
  const good = rows.filter(({ problem }) => problem === undefined);
  const { options, setOptions } = usePushOptions(registryOf(good[0]));
  const conflicts = rows.filter(({ problem }) => problem === 'conflict').length;
  const count = images.length;
  const head = useRef<HTMLElement>(null);
  const focusRequest = useView((state) => state.targetFocus);
  useEffect(() => {
    if (focusRequest === 0) return;
    head.current?.querySelector('input')?.focus();
    targetFocused();
  }, [focusRequest]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <header ref={head} className="space-y-3 px-4 pt-3 pb-3">
          <div className="flex items-start gap-2">
            <h2 className="min-w-0 flex-1 text-lg font-semibold">
              {t('many.chosen', { count, formatted: format.count(count) })}
            </h2>
            <IconButton icon={X} label={t('many.clear')} onPress={() => selectImage(null)} />
          </div>
          <div>
            <p className="text-quiet">{t('many.upTo', { size: format.bytes(size) })}</p>
            <CompanionLine images={images} />
          </div>
          <TextField
            label={t('many.prefix')}
            placeholder={t('many.ownNames')}
            help={t('many.prefixHelp')}
            value={prefix}
            onChange={setTyped}
          />
          {prefix.trim() === '' ? null : (
            <Checkbox isSelected={keepPath} onChange={setKeepPath}>
              {t('many.keepPath')}
            </Checkbox>
          )}
          <PushOptions images={images} options={options} onChange={setOptions} />
        </header>
        <ul aria-label={t('many.goesTo')} className="border-t border-line px-4 py-2">
          {rows.map((row) => (
            <Row
              key={row.image.id}
              row={row}
              onEdit={(target) => setEdited(new Map(edited).set(row.image.id, target))}
            />
          ))}
        </ul>
      </div>
      <footer className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line px-4 py-3">
        <p role="status" className={classes('min-w-0 flex-1 text-sm', conflicts > 0 ? 'text-bad' : 'text-quiet')}>
          {conflicts > 0
            ? t('many.settle')
            : t('many.summary', { count: good.length, good: format.count(good.length), total: format.count(count) })}
        </p>
        <Button
          look="primary"
          isDisabled={good.length === 0 || conflicts > 0}
          className="min-w-24"
          onPress={() => inBackground(pushTogether(good, options), showError)}
        >
          {t('many.push', { count: good.length, formatted: format.count(good.length) })}
        </Button>
      </footer>
    </div>
  );
}

function Row({ row, onEdit }: { row: ManyRow; onEdit: (target: string) => void }) {
  const { t } = useTexts();
  const { image, target, problem } = row;
  return (
    <li className="py-1.5">
      <div className="flex items-center gap-1">
        <span className="min-w-0 flex-1 truncate text-sm" title={image.name}>
          {image.name}
        </span>
        <IconButton icon={X} label={t('many.leaveOut', { name: image.name })} onPress={() => toggleImage(image.id)} />
      </div>
      <Input
        aria-label={t('many.targetOf', { name: image.name })}
        aria-invalid={problem !== undefined}
        value={target}
        spellCheck={false}
        placeholder={t('target.placeholder')}
        onChange={(event) => onEdit(event.currentTarget.value)}
        className={classes(INPUT_CLASSES, 'font-mono text-sm', problem !== undefined && 'border-bad')}
      />
      {problem === undefined ? null : (
        <p className="flex items-center gap-1 pt-0.5 text-sm text-bad">
          <CircleAlert aria-hidden size={13} className="shrink-0" />
          {t(`many.problems.${problem}`)}
        </p>
      )}
    </li>
  );
}

function registryOf(row: ManyRow | undefined): string {
  const meaning = interpretTarget(row?.target ?? '');
  return meaning.kind === 'valid' ? meaning.reference.registry : '';
}

/** Starts the pushes as one group. What cannot be started is told together, and does not stop the others. */
async function pushTogether(rows: readonly ManyRow[], chosen: TransferOptions): Promise<void> {
  const pushes = rows.map(({ image, target }) => ({ imageId: image.id, target }));
  const ids = pushes.map(({ imageId }) => imageId);
  const options = await decideCompanions(ids, chosen, 'pushMany');
  if (options === undefined) return;
  const { jobIds, failures } = await request('push.startMany', { pushes, options });
  const count = jobIds.length;
  announce(texts.t('many.started', { count, formatted: formatCount(count, texts.language) }));
  if (failures.length === 0) return;
  const names = new Map(rows.map(({ image }) => [image.id, image.name]));
  showErrors(
    texts.t('many.notStarted'),
    failures.map(({ imageId, target, error }) => ({ about: names.get(imageId) ?? target, error })),
  );
}
