import { useState } from 'react';
import { useTexts } from '../../i18n/use-texts.ts';
import { readPlatforms } from '../../model/push-platforms.ts';
import { TextField } from '../../ui/text-field.tsx';

interface PlatformsFieldProps {
  saved: readonly string[];
  /** Undefined: all. */
  onChange: (platforms: string[] | undefined) => void;
}

/** Which platforms pushes of images for several take, to begin with. Saved when the field is left. */
export function PlatformsField({ saved, onChange }: PlatformsFieldProps) {
  const { t } = useTexts();
  const [typed, setTyped] = useState(saved.join(', '));
  const platforms = readPlatforms(typed);
  const keep = () => {
    if (platforms === undefined || platforms.join() === saved.join()) return;
    onChange(platforms.length === 0 ? undefined : platforms);
  };
  return (
    <TextField
      label={t('target.platforms')}
      placeholder={t('settings.allPlatforms')}
      help={platforms === undefined ? t('settings.platformsWrong') : t('settings.platformsHelp')}
      isInvalid={platforms === undefined}
      value={typed}
      onChange={setTyped}
      onBlur={keep}
      onKeyDown={(event) => (event.key === 'Enter' ? keep() : undefined)}
      className="max-w-96"
    />
  );
}
