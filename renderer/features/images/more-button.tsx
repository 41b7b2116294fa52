import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import type { ImageSummary } from '../../../shared/images.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { IconButton } from '../../ui/button.tsx';
import { ExportDialog } from '../export/export-dialog.tsx';
import { ImageMenu } from './image-menu.tsx';

/** The menu that an image has in the list, by a button beside its name: for who does not look for it under the mouse's second button. */
export function MoreButton({ image }: { image: ImageSummary }) {
  const { t } = useTexts();
  const [place, setPlace] = useState<{ x: number; y: number }>();
  const [isExported, setExported] = useState(false);
  return (
    <>
      <IconButton
        icon={Ellipsis}
        label={t('menu.more')}
        aria-haspopup="menu"
        onPress={({ target }) => {
          const { left, bottom } = target.getBoundingClientRect();
          setPlace({ x: left, y: bottom });
        }}
      />
      {place === undefined ? null : (
        <ImageMenu
          images={[image]}
          place={place}
          onExport={() => setExported(true)}
          onClose={() => setPlace(undefined)}
        />
      )}
      {isExported ? (
        <ExportDialog
          image={image}
          options={{}}
          onStarted={() => setExported(false)}
          onClose={() => setExported(false)}
        />
      ) : null}
    </>
  );
}
