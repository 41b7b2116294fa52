import { Plus } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { MAX_TARGETS } from '../../../shared/ipc.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { defaultTarget, type Interpretation, interpretTarget } from '../../model/interpret.ts';
import { draftOf, type TypedTarget } from '../../stores/drafts.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { selectImage, targetFocused, useView } from '../../stores/view.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { usePushShortcut } from '../../ui/use-push-shortcut.ts';
import { decideCompanions } from '../companions/decide-companions.ts';
import { ExportButton } from '../export/export-button.tsx';
import { TargetField } from '../picker/target-field.tsx';
import { askAgain } from '../transfers/actions.ts';
import { PreviewDialog } from './preview-dialog.tsx';
import { PushOptions } from './push-options.tsx';
import { useKeptDraft } from './use-kept-draft.ts';
import { usePushOptions } from './use-push-options.ts';

interface Meant extends TypedTarget {
  meaning: Interpretation;
  isDuplicate: boolean;
}

/** The window is too narrow for list and details side by side (see DetailPane). */
const DETAILS_OVER_LIST = '(width < 860px)';

interface ComposerProps {
  image: ImageSummary;
  /** What scrolls with the fields. */
  above: ReactNode;
  below: ReactNode;
}

/** Where to push an image; the buttons that do it stay in sight below everything that scrolls. */
export function Composer({ image, above, below }: ComposerProps) {
  const { t } = useTexts();
  const { destinations, change, add, remove } = useDestinations(image);
  const { options, setOptions } = usePushOptions(image, registryOf(destinations[0]?.meaning));
  const [isPreviewed, setPreviewed] = useState(false);
  const focusRequest = useView((state) => state.targetFocus);
  // After the effect of the field, which is below this.
  useEffect(() => {
    if (focusRequest > 0) targetFocused();
  }, [focusRequest]);
  const targets = destinations.flatMap(({ meaning }) => (meaning.kind === 'valid' ? [meaning.text] : []));
  const isReady = targets.length === destinations.length && !destinations.some(({ isDuplicate }) => isDuplicate);

  const push = (chosen: string[]) => {
    const start = async () => {
      const decided = await decideCompanions([image.id], options, 'push');
      if (decided === undefined) return;
      showTransfers();
      askAgain(await request('push.start', { imageId: image.id, targets: chosen, options: decided }));
      announce(t('target.started', { target: chosen.join(', ') }));
    };
    inBackground(start(), showError);
  };
  const pushAll = () => {
    if (isReady) push(targets);
  };
  usePushShortcut(pushAll);

  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {above}
        <div className="space-y-3 px-4 pb-4">
          {destinations.map(({ key, typed, isChosen, meaning, isDuplicate }, index) => (
            <TargetField
              key={key}
              image={image}
              number={index + 1}
              value={typed}
              isChosen={isChosen}
              meaning={meaning}
              isDuplicate={isDuplicate}
              options={options}
              onOptions={setOptions}
              focusRequest={index === 0 ? focusRequest : key}
              onChange={(value) => change(key, value)}
              onRemove={index === 0 ? undefined : () => remove(key)}
            />
          ))}
          <div className="space-y-1">
            <Button
              look="link"
              icon={Plus}
              onPress={add}
              isDisabled={destinations.length >= MAX_TARGETS}
              className="no-underline! hover:underline!"
            >
              {t('target.another')}
            </Button>
            <PushOptions images={[image]} options={options} onChange={setOptions} />
          </div>
        </div>
        {below}
      </div>
      <div className="flex shrink-0 flex-wrap gap-2 border-t border-line bg-surface px-4 py-3">
        <Button isDisabled={!isReady} onPress={() => setPreviewed(true)}>
          {t('target.preview')}
        </Button>
        <ExportButton image={image} options={options} onStarted={showTransfers} />
        <Button look="primary" isDisabled={!isReady} onPress={pushAll} className="ml-auto min-w-24">
          {destinations.length > 1 ? t('target.pushMany', { count: destinations.length }) : t('target.push')}
        </Button>
      </div>
      {isPreviewed ? (
        <PreviewDialog
          image={image}
          targets={targets}
          options={options}
          onOptions={setOptions}
          onPush={push}
          onClose={() => setPreviewed(false)}
        />
      ) : null}
    </>
  );
}

function registryOf(meaning: Interpretation | undefined): string {
  return meaning?.kind === 'valid' ? meaning.reference.registry : '';
}

/** Where the details lie over the list they would also lie over the transfers. */
function showTransfers(): void {
  if (window.matchMedia(DETAILS_OVER_LIST).matches) selectImage(null);
}

/** The destinations typed for one image, with what each means. */
function useDestinations(image: ImageSummary) {
  const [usual] = useState(() => defaultTarget(image, useSettings.getState().settings.recentTargets));
  const [typed, setTyped] = useState<TypedTarget[]>(
    () => draftOf(image.id) ?? [{ key: 0, typed: usual, isChosen: false }],
  );
  const lastKey = useRef(Math.max(...typed.map(({ key }) => key)));
  useKeptDraft(image.id, typed, usual);
  const destinations = useMemo(() => withMeaning(typed), [typed]);
  return {
    destinations,
    change: (key: number, text: string) =>
      setTyped((all) => all.map((each) => (each.key === key ? { key, typed: text, isChosen: true } : each))),
    add: () => setTyped((all) => [...all, { key: ++lastKey.current, typed: '', isChosen: true }]),
    remove: (key: number) => setTyped((all) => all.filter((each) => each.key !== key)),
  };
}

function withMeaning(destinations: TypedTarget[]): Meant[] {
  const seen = new Set<string>();
  return destinations.map((destination) => {
    const meaning = interpretTarget(destination.typed);
    if (meaning.kind !== 'valid') return { ...destination, meaning, isDuplicate: false };
    const isDuplicate = seen.has(meaning.canonical);
    seen.add(meaning.canonical);
    return { ...destination, meaning, isDuplicate };
  });
}
