import { ChevronDown, FileArchive, FolderPlus, Plus } from 'lucide-react';
import { Button as AriaButton, Keyboard, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { useKeyNames } from '../../ui/keys.tsx';
import { OPTION_CLASSES, POPOVER_CLASSES } from '../../ui/select.tsx';
import { ADD_KEYS, chooseAndAdd } from '../drop/add-paths.ts';

const KINDS = [
  { kind: 'archives', text: 'common.addArchive', icon: FileArchive },
  { kind: 'folders', text: 'common.add', icon: FolderPlus },
] as const;

/** Adds images that this computer does not show by itself: from archives, or from a folder. */
export function AddMenu() {
  const { t } = useTexts();
  const nameOf = useKeyNames();
  return (
    <MenuTrigger>
      <AriaButton className="flex h-8 shrink-0 items-center gap-1.5 rounded-md border border-line-strong bg-raised px-3 whitespace-nowrap hover:bg-hover data-[pressed]:bg-pressed">
        <Plus aria-hidden size={14} className="shrink-0" />
        {t('common.addShort')}
        <ChevronDown aria-hidden size={14} className="shrink-0 text-quiet" />
      </AriaButton>
      <Popover placement="bottom end" className={POPOVER_CLASSES}>
        <Menu aria-label={t('common.addShort')} className="min-w-52 outline-none">
          {KINDS.map(({ kind, text, icon: Icon }) => (
            <MenuItem
              key={kind}
              textValue={t(text)}
              onAction={() => inBackground(chooseAndAdd(kind), showError)}
              className={OPTION_CLASSES}
            >
              <Icon aria-hidden size={14} className="shrink-0 text-quiet" />
              <span className="min-w-0 flex-1">{t(text)}</span>
              {/* It describes the entry, and is not a part of its name. */}
              <Keyboard aria-hidden className="shrink-0 pl-4 font-sans text-sm text-quiet">
                {ADD_KEYS[kind].map(nameOf).join(' ')}
              </Keyboard>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
