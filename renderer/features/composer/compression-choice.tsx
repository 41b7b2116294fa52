import { COMPRESSION_CHOICES, type TransferOptions } from '../../../shared/ipc.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Select } from '../../ui/select.tsx';

const CHOICES = ['automatic', ...COMPRESSION_CHOICES] as const;

/** How layers that are plain tars are compressed. */
export function CompressionChoice({
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
        label={t('target.compression')}
        options={CHOICES.map((id) => ({ id, text: t(`target.compressions.${id}`) }))}
        value={options.compression?.format ?? 'automatic'}
        onChange={(format) => {
          const { compression: _before, ...others } = options;
          onChange(format === 'automatic' ? others : { ...others, compression: { format } });
        }}
        className="max-w-64"
      />
      <p className="pt-1 text-sm text-quiet">{t('target.compressionHelp')}</p>
    </div>
  );
}
