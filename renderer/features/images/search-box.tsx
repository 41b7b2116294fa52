import { Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button as AriaButton, Input, SearchField } from 'react-aria-components';
import { useTexts } from '../../i18n/use-texts.ts';
import { useView } from '../../stores/view.ts';
import { classes } from '../../ui/classes.ts';
import { INPUT_CLASSES } from '../../ui/field.ts';

interface SearchBoxProps {
  value: string;
  onChange: (value: string) => void;
  /** To the list, by the down key or Enter. */
  onLeave: () => void;
}

/** Filters the list; Ctrl/Cmd+F comes here, Esc clears, the down key and Enter move to the list. */
export function SearchBox({ value, onChange, onLeave }: SearchBoxProps) {
  const { t } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const asked = useView((state) => state.searchFocus);
  useEffect(() => {
    if (asked === 0) return;
    input.current?.focus();
    input.current?.select();
  }, [asked]);
  return (
    <SearchField
      aria-label={t('images.search')}
      value={value}
      onChange={onChange}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown' || event.key === 'Enter') onLeave();
        else event.continuePropagation();
      }}
      className="relative flex min-w-0 flex-1 items-center"
    >
      <Search aria-hidden size={14} className="absolute left-2 text-quiet" />
      <Input
        ref={input}
        placeholder={t('images.search')}
        spellCheck={false}
        className={classes(INPUT_CLASSES, 'px-7 [&::-webkit-search-cancel-button]:hidden')}
      />
      {value === '' ? null : (
        <AriaButton
          aria-label={t('images.clearSearch')}
          className="absolute right-1 flex size-6 items-center justify-center rounded-sm text-quiet hover:text-text"
        >
          <X aria-hidden size={14} />
        </AriaButton>
      )}
    </SearchField>
  );
}
