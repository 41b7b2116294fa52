import { useTexts } from '../../i18n/use-texts.ts';
import { showKeys, useView } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Keys } from '../../ui/keys.tsx';
import { ADD_KEYS } from '../drop/add-paths.ts';
import { IMAGE_KEYS } from '../images/image-actions.ts';

/** What is pressed for what. */
const KEYS = {
  window: [
    ['search', ['MOD', 'F']],
    ['addArchives', ADD_KEYS.archives],
    ['addFolders', ADD_KEYS.folders],
    ['panes', ['F6']],
    ['panesBack', ['Shift', 'F6']],
    ['paneWidth', ['Tab', '← →']],
    ['keys', ['?']],
    ['close', ['Esc']],
  ],
  list: [
    ['move', ['↑', '↓']],
    ['find', ['A–Z']],
    ['several', ['Shift', '↑ ↓']],
    ['all', ['MOD', 'A']],
    ['target', IMAGE_KEYS.target],
    ['menu', ['Shift', 'F10']],
    ['pushLast', IMAGE_KEYS.pushLast],
    ['export', IMAGE_KEYS.export],
    ['copyReferences', IMAGE_KEYS.copyReferences],
    ['copyDigests', IMAGE_KEYS.copyDigests],
    ['remove', IMAGE_KEYS.remove],
  ],
  target: [
    ['push', ['MOD', 'Enter']],
    ['suggestions', ['↓']],
  ],
  history: [
    ['rows', ['↑', '↓']],
    ['unfold', ['Enter']],
    ['again', ['R']],
    ['copyReceipt', ['MOD', 'C']],
  ],
} as const;

/** In two columns of about one height. */
const GROUPS = ['list', 'target', 'window', 'history'] as const;

/** The keys that do something, by where they do it. */
export function KeysDialog() {
  const { t } = useTexts();
  const isOpen = useView((state) => state.showsKeys);
  if (!isOpen) return null;
  return (
    <Dialog
      isOpen
      width="form"
      title={t('keys.title')}
      onClose={() => showKeys(false)}
      footer={
        <Button look="primary" autoFocus onPress={() => showKeys(false)}>
          {t('common.close')}
        </Button>
      }
    >
      <div className="gap-x-8 sm:columns-2">
        {GROUPS.map((group) => (
          <section key={group} aria-label={t(`keys.groups.${group}`)} className="min-w-0 break-inside-avoid pb-4">
            <h3 className="section-title pb-1">{t(`keys.groups.${group}`)}</h3>
            <dl>
              {KEYS[group].map(([name, keys]) => (
                <div
                  key={name}
                  className="flex min-h-8 items-center gap-3 border-b border-line/60 py-1 last:border-b-0"
                >
                  <dt className="min-w-0 flex-1">{t(`keys.${name}`)}</dt>
                  <dd>
                    <Keys names={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
