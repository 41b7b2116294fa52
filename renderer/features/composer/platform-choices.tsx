import { CheckboxGroup, Label } from 'react-aria-components';
import type { Platform } from '../../../shared/images.ts';
import { platformName, platformText } from '../../../shared/platforms.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Checkbox } from '../../ui/checkbox.tsx';

/** Which images of an index are pushed. All are, to begin with; the last one cannot be taken away. */
export function PlatformChoices({
  platforms,
  options,
  onChange,
}: {
  platforms: readonly Platform[];
  options: TransferOptions;
  onChange: (options: TransferOptions) => void;
}) {
  const { t } = useTexts();
  const all = platforms.map(platformName);
  const chosen = options.platforms ?? all;
  const choose = (names: string[]) => {
    const { platforms: _before, ...others } = options;
    if (names.length > 0) onChange(names.length === all.length ? others : { ...others, platforms: names });
  };
  return (
    <CheckboxGroup value={chosen} onChange={choose}>
      <Label className="mb-1 block text-sm text-quiet">{t('target.platforms')}</Label>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {platforms.map((platform) => (
          <Checkbox
            key={platformName(platform)}
            value={platformName(platform)}
            isDisabled={chosen.length === 1 && chosen[0] === platformName(platform)}
          >
            {platformText(platform)}
          </Checkbox>
        ))}
      </div>
      <p className="pt-1 text-sm text-quiet">
        {t(chosen.length === 1 ? 'target.platformsHelp.one' : 'target.platformsHelp.several')}
      </p>
    </CheckboxGroup>
  );
}
