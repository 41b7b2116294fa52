import { Maximize2, X } from 'lucide-react';
import { type RefObject, useEffect, useMemo, useRef } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { interpretTarget } from '../../model/interpret.ts';
import { isWhole, type ManyRow, type ManyRule, manyRows, proposedPrefix } from '../../model/many-targets.ts';
import { platformsOfAll } from '../../model/push-platforms.ts';
import { showError } from '../../stores/messages.ts';
import { useSettings } from '../../stores/settings.ts';
import { changeSeveral, useSeveral } from '../../stores/several.ts';
import { selectImage, targetFocused, useView } from '../../stores/view.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { usePushShortcut } from '../../ui/use-push-shortcut.ts';
import { CompanionLine } from '../companions/companion-line.tsx';
import { PushOptions } from '../composer/push-options.tsx';
import { usePushOptions } from '../composer/use-push-options.ts';
import { AccountNote } from '../picker/note.tsx';
import { hasConflict, isReady, pushTogether, showConflict } from './push-together.ts';
import { RuleFields } from './rule-fields.tsx';
import { SeveralActions } from './several-actions.tsx';
import { useTagChecks } from './tag-checks.ts';
import { TargetList } from './target-list.tsx';

/**
 * In place of the details where several images are chosen: one rule for where they go, a row for each, one button. The same in a sheet of its
 * own, where there is room for columns.
 */
export function SeveralPane({ images: listed }: { images: readonly ImageSummary[] }) {
  const { t, format } = useTexts();
  const chosen = useView((state) => state.chosen);
  const images = listed.filter(({ id }) => chosen.has(id));
  const { rule, rows: all } = useRows(listed, chosen);
  const rows = all.filter(({ problem }) => problem !== 'leftOut');
  const silent = useTagChecks(rows);
  const registry = onlyRegistry(rows);
  const { options, setOptions } = usePushOptions(allInOne(images), registryOf(rows));
  const isSheet = useSeveral(({ sheet }) => sheet !== undefined);
  // It goes with the last of its images, and does not come back with them.
  useEffect(() => closeSheet, []);
  const push = () => {
    if (!isReady(rows)) return;
    closeSheet();
    inBackground(pushTogether(rows, options), showError);
  };
  const pane = useRef<HTMLDivElement>(null);
  const sheet = () => document.querySelector('[role="dialog"]');
  usePushShortcut(() => (hasConflict(rows) ? showConflict(isSheet ? sheet() : pane.current) : push()), isSheet);
  useFocusOnRule(pane);
  const title = t('many.chosen', { count: images.length, formatted: format.count(images.length) });
  const size = images.reduce((sum, image) => sum + (image.size ?? 0), 0);
  const fields = (
    <>
      <div>
        <p className="text-quiet">{t('many.upTo', { size: format.bytes(size) })}</p>
        <CompanionLine images={images} />
      </div>
      <RuleFields rule={rule} haveOwnNames={images.every(isWhole)} />
      {registry === undefined ? null : <AccountNote registry={registry} />}
      <PushOptions images={images} options={options} onChange={setOptions} />
    </>
  );
  return (
    <div ref={pane} className="flex h-full min-h-0 flex-col">
      <div className="@container min-h-0 flex-1 overflow-y-auto">
        <header className="space-y-3 px-4 pt-3 pb-3">
          <div className="flex items-start gap-1">
            <h2 className="min-w-0 flex-1 text-lg font-semibold">{title}</h2>
            <IconButton
              icon={Maximize2}
              label={t('many.editEach')}
              onPress={() => changeSeveral({ sheet: listed.map(({ id }) => id) })}
            />
            <IconButton icon={X} label={t('many.clear')} onPress={() => selectImage(null)} />
          </div>
          {fields}
        </header>
        <TargetList rows={rows} options={options} silent={silent} className="border-t border-line px-4 py-2" />
      </div>
      <footer className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line px-4 py-3">
        <SeveralActions rows={rows} options={options} onPush={push} />
      </footer>
      {isSheet ? (
        <Dialog
          isOpen
          width="whole"
          title={t('many.title', { count: listed.length, formatted: format.count(listed.length) })}
          onClose={closeSheet}
          footer={
            <SeveralActions rows={all} options={options} onPush={push}>
              <Button onPress={closeSheet}>{t('common.close')}</Button>
            </SeveralActions>
          }
        >
          <div className="@container space-y-3">
            {fields}
            <TargetList rows={all} options={options} silent={silent} hasBoxes className="border-t border-line pt-2" />
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}

function closeSheet(): void {
  changeSeveral({ sheet: undefined });
}

/** @param chosen of the images; others are left out */
function useRows(images: readonly ImageSummary[], chosen: ReadonlySet<string>): { rule: ManyRule; rows: ManyRow[] } {
  const recent = useSettings((state) => state.settings.recentTargets);
  const { prefix: typed, keepPath, suffix, edited } = useSeveral();
  // Until one is typed: rows of images that were just dropped come one after the other.
  const prefix = typed ?? proposedPrefix(images, recent);
  const isProposed = typed === undefined;
  const rule = useMemo(
    (): ManyRule => ({ prefix, keepPath, suffix, isProposed }),
    [prefix, keepPath, suffix, isProposed],
  );
  const rows = useMemo(() => {
    const leftOut = new Set(images.flatMap(({ id }) => (chosen.has(id) ? [] : id)));
    return manyRows(images, rule, { edited, leftOut });
  }, [images, chosen, rule, edited]);
  return { rule, rows };
}

/** Where the keys that signed before are remembered for. */
function registryOf(rows: readonly ManyRow[]): string {
  const first = interpretTarget(rows.find(({ problem }) => problem === undefined)?.target ?? '');
  return first.kind === 'valid' ? first.reference.registry : '';
}

/** That of all targets that are valid, where they have one. */
function onlyRegistry(rows: readonly ManyRow[]): string | undefined {
  const names = new Set(rows.flatMap(({ canonical }) => (canonical === undefined ? [] : canonical.split('/', 1))));
  return names.size === 1 ? [...names][0] : undefined;
}

/** What platforms are chosen from: those of all images that have several. */
function allInOne(images: readonly ImageSummary[]): Pick<ImageSummary, 'kind' | 'platforms'> {
  return { kind: 'index', platforms: platformsOfAll(images.filter(({ kind }) => kind === 'index')) };
}

/** After a drop, and by the menu of the list. */
function useFocusOnRule(pane: RefObject<HTMLElement | null>): void {
  const focusRequest = useView((state) => state.targetFocus);
  useEffect(() => {
    if (focusRequest === 0) return;
    pane.current?.querySelector('input')?.focus();
    targetFocused();
  }, [pane, focusRequest]);
}
