import { MANIFEST_FORMATS, type TransferOptions } from '../../../shared/ipc.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Select } from '../../ui/select.tsx';

const CHOICES = ['kept', ...MANIFEST_FORMATS] as const;

/** In which format manifests are pushed. */
export function FormatChoice({
  options,
  onChange,
}: {
  options: TransferOptions;
  onChange: (options: TransferOptions) => void;
}) {
  const { t } = useTexts();
  return (
    <div>
      <Select
        label={t('target.format')}
        options={CHOICES.map((id) => ({ id, text: t(`target.formats.${id}`) }))}
        value={options.format ?? 'kept'}
        onChange={(format) => {
          const { format: _before, ...others } = options;
          onChange(format === 'kept' ? others : { ...others, format });
        }}
        className="max-w-64"
      />
      <p className="pt-1 text-sm text-quiet">{t(`target.formatHelp.${options.format ?? 'kept'}`)}</p>
    </div>
  );
}
