import { useTexts } from '../../i18n/use-texts.ts';
import type { ManyRule } from '../../model/many-targets.ts';
import { changeSeveral } from '../../stores/several.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { TextField } from '../../ui/text-field.tsx';

interface RuleFieldsProps {
  rule: ManyRule;
  /** Each image says itself where it goes. */
  haveOwnNames: boolean;
}

/** One rule for where several images go. */
export function RuleFields({ rule: { prefix, keepPath, suffix }, haveOwnNames }: RuleFieldsProps) {
  const { t } = useTexts();
  const hasPrefix = prefix.trim() !== '';
  return (
    <div className="grid grid-cols-1 items-start gap-3 @2xl:grid-cols-[minmax(0,1fr)_10rem]">
      <div>
        <TextField
          label={t('many.prefix')}
          placeholder={t('many.ownNames')}
          help={t('many.prefixHelp')}
          value={prefix}
          onChange={(typed) => changeSeveral({ prefix: typed })}
        />
        {hasPrefix ? (
          <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1">
            <Checkbox isSelected={keepPath} onChange={(isKept) => changeSeveral({ keepPath: isKept })}>
              {t('many.keepPath')}
            </Checkbox>
            {haveOwnNames ? (
              <Button look="link" onPress={() => changeSeveral({ prefix: '' })}>
                {t('many.useOwnNames')}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
      <TextField
        label={t('many.suffix')}
        placeholder={t('many.noSuffix')}
        value={suffix}
        isInvalid={!/^[\w.-]*$/.test(suffix.trim())}
        onChange={(typed) => changeSeveral({ suffix: typed })}
      />
    </div>
  );
}
