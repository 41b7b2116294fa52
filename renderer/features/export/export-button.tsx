import { useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { Button } from '../../ui/button.tsx';
import { ExportDialog } from './export-dialog.tsx';

interface ExportButtonProps {
  image: ImageSummary;
  options: TransferOptions;
  /** An export has been started. */
  onStarted: () => void;
}

/** Opens the question where else but to a registry the image should go. */
export function ExportButton({ image, options, onStarted }: ExportButtonProps) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onPress={() => setOpen(true)}>{t('export.open')}</Button>
      {isOpen ? (
        <ExportDialog
          image={image}
          options={options}
          onStarted={() => {
            setOpen(false);
            onStarted();
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
