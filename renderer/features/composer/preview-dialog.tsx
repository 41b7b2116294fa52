import type { TFunction } from 'i18next';
import { CircleAlert } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { briefDigest } from '../../../shared/digest.ts';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import type { PushPreview } from '../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { request } from '../../api.ts';
import { type Texts, useTexts } from '../../i18n/use-texts.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { classes } from '../../ui/classes.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { NameText } from '../../ui/middle-text.tsx';
import { PreviewPlan } from './preview-plan.tsx';
import { TagIcon, TagWords } from './preview-tag.tsx';

interface PreviewDialogProps {
  image: ImageSummary;
  targets: readonly string[];
  options: TransferOptions;
  onOptions: (options: TransferOptions) => void;
  onPush: (targets: string[]) => void;
  onClose: () => void;
}

/**
 * What a push would do, asked of the registries without changing anything: one part for each destination. Those whose part could not be
 * made are not pushed from here.
 */
export function PreviewDialog({ image, targets, options, onOptions, onPush, onClose }: PreviewDialogProps) {
  const { t, format } = useTexts();
  const setting = useSettings((state) => state.settings.companions);
  // Until a person has answered, what belongs to the image is only counted.
  const asked = useMemo(
    () => ({ ...options, referrers: options.referrers ?? setting !== 'never' }),
    [options, setting],
  );
  const { previews, isAnswered } = usePreviews(image.id, targets, asked);
  const ready = targets.filter((target) => previews[target]?.preview !== undefined);
  const leftOut = targets.length - ready.length;
  const bytes = ready.reduce((sum, target) => sum + (previews[target]?.preview?.bytesToSend ?? 0), 0);
  return (
    <Dialog
      isOpen
      width="sheet"
      title={t('preview.title')}
      onClose={onClose}
      footer={
        <>
          <Checkbox
            isSelected={options.onlyNew ?? false}
            onChange={(onlyNew) => onOptions({ ...options, onlyNew })}
            className="mr-auto"
          >
            {t('target.onlyNew')}
          </Checkbox>
          {isAnswered && ready.length > 0 && targets.length > 1 ? (
            <p role="status" className="self-center text-sm text-quiet">
              {leftOut > 0 ? <span className="text-warn">{t('preview.leftOut', { count: leftOut })} </span> : null}
              {ready.length > 1 ? t('preview.sum', { size: format.bytes(bytes), count: ready.length }) : null}
            </p>
          ) : null}
          <Button onPress={onClose}>{t('common.close')}</Button>
          <Button
            look="primary"
            isDisabled={!isAnswered || ready.length === 0}
            onPress={() => {
              onPush(ready);
              onClose();
            }}
          >
            {pushText(isAnswered ? ready.length : targets.length, targets.length, t)}
          </Button>
        </>
      }
    >
      <p className="-mt-2 text-quiet">{aboutImage(image, format)}</p>
      <PreviewParts targets={targets} previews={previews} />
    </Dialog>
  );
}

/** Which image it is, as its details begin. */
function aboutImage({ name, digest, platforms, size }: ImageSummary, format: Texts['format']): string {
  const facts = [
    name,
    digest === undefined ? '' : briefDigest(digest),
    platforms.map(platformText).join(', '),
    size === undefined ? '' : format.bytes(size),
  ];
  return facts.filter(Boolean).join(' · ');
}

function pushText(count: number, of: number, t: TFunction): string {
  return of > 1 && count > 0 ? t('target.pushMany', { count }) : t('target.push');
}

/** What the registry of one destination answered. */
type Answered = { preview: PushPreview; error?: undefined } | { preview?: undefined; error: PushboatError };

/**
 * By target; absent while the registry has not answered. Each is asked by itself, so that a slow one keeps no other waiting. After a change of
 * the options what was answered before stays in sight until there is something newer.
 */
function usePreviews(imageId: string, targets: readonly string[], options: TransferOptions) {
  const [previews, setPreviews] = useState<Readonly<Record<string, Answered & { options: TransferOptions }>>>({});
  // Each rendering of the composer makes a new list; it means the same as long as its texts do.
  const wanted = targets.join('\n');
  useEffect(() => {
    let isCurrent = true;
    const show = (target: string, answered: Answered) =>
      isCurrent && setPreviews((all) => ({ ...all, [target]: { ...answered, options } }));
    for (const target of wanted.split('\n')) {
      request('push.preview', { imageId, target, options }).then(
        (preview) => show(target, { preview }),
        (thrown: unknown) => show(target, { error: toPushboatError(thrown) }),
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [imageId, wanted, options]);
  return { previews, isAnswered: targets.every((target) => previews[target]?.options === options) };
}

interface PreviewPartsProps {
  targets: readonly string[];
  previews: Readonly<Record<string, Answered>>;
}

/** One part alone, or tabs. */
function PreviewParts({ targets, previews }: PreviewPartsProps) {
  const { t } = useTexts();
  const [only] = targets;
  if (targets.length === 1 && only !== undefined) {
    return (
      <>
        <p className="selectable font-mono text-sm break-all text-quiet">{previews[only]?.preview?.target ?? only}</p>
        <Part answered={previews[only]} />
      </>
    );
  }
  return (
    <Tabs className="flex flex-col gap-3">
      <TabList aria-label={t('preview.destinations')} className="flex overflow-x-auto border-b border-line">
        {targets.map((target) => (
          <Tab key={target} id={target} className={DESTINATION_TAB}>
            <span className="block min-w-0 group-data-[selected]:font-medium" title={target}>
              <NameText text={target} />
            </span>
            <TabNote answered={previews[target]} />
          </Tab>
        ))}
      </TabList>
      {targets.map((target) => (
        <TabPanel key={target} id={target} className="space-y-3 outline-offset-2">
          <Part answered={previews[target]} />
        </TabPanel>
      ))}
    </Tabs>
  );
}

const DESTINATION_TAB =
  'group min-w-56 flex-1 cursor-default border-b-2 border-transparent px-3 py-2 text-quiet outline-offset-[-2px] ' +
  'hover:bg-hover data-[selected]:border-accent data-[selected]:bg-sunken data-[selected]:text-text';

/** What a person must know of a destination without opening its part. */
function TabNote({ answered }: { answered: Answered | undefined }) {
  const { t, format } = useTexts();
  if (answered === undefined) return <span className="text-sm">…</span>;
  const { preview, error } = answered;
  return (
    <span className={classes('flex items-center gap-1.5 text-sm', error && 'text-bad')}>
      {error ? <CircleAlert aria-hidden size={13} className="shrink-0" /> : <TagIcon tag={preview.tag} />}
      <span className="min-w-0 truncate">
        {error ? (
          t(`errors.${error.code}`)
        ) : (
          <>
            {t('preview.sizeToSend', { size: format.bytes(preview.bytesToSend) })} · <TagWords preview={preview} />
          </>
        )}
      </span>
    </span>
  );
}

function Part({ answered }: { answered: Answered | undefined }) {
  const { t } = useTexts();
  return (
    <>
      {answered?.error === undefined ? null : <ErrorPanel error={answered.error.toData()} />}
      {answered === undefined ? (
        <p role="status" className="py-6 text-center text-quiet">
          {t('preview.checking')}
        </p>
      ) : null}
      {answered?.preview === undefined ? null : <PreviewPlan preview={answered.preview} />}
    </>
  );
}
