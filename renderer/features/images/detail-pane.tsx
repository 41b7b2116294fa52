import { MousePointerClick, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { shortDigest } from '../../../shared/digest.ts';
import { type PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ImageDetails, ImageSummary } from '../../../shared/images.ts';
import { platformText } from '../../../shared/platforms.ts';
import { request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useImages } from '../../stores/images.ts';
import { usePaneWidth } from '../../stores/panes.ts';
import { useSeveral } from '../../stores/several.ts';
import { selectImage, useView } from '../../stores/view.ts';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Composer } from '../composer/composer.tsx';
import { SeveralPane } from '../several/several-pane.tsx';
import { ImageContents } from './image-contents.tsx';
import { MoreButton } from './more-button.tsx';
import { PaneEdge } from './pane-edge.tsx';

/** The right column: the selected image, where to push it, and what is in it. In narrow windows it lies over the list. */
export function DetailPane() {
  const { t } = useTexts();
  const images = useImages((state) => state.images);
  const isLoaded = useImages((state) => state.loaded);
  const imageId = useView((state) => state.imageId);
  const chosen = useView((state) => state.chosen);
  const sheet = useSeveral((state) => state.sheet);
  const width = usePaneWidth('details');
  const selected = imageId === null ? undefined : images.get(imageId);
  // A pane about no image would only take room from what says how to get one.
  if (isLoaded && images.size === 0) return null;
  const ids = sheet ?? [...chosen];
  const several = ids.map((id) => images.get(id)).filter((image) => image !== undefined);
  return (
    <section
      aria-label={t('panes.details')}
      data-pane
      tabIndex={-1}
      className={classes(
        'absolute inset-y-0 right-0 z-10 min-h-0 w-80 max-w-full flex-col border-l border-line bg-surface shadow-2xl',
        'min-[860px]:relative min-[860px]:flex min-[860px]:shadow-none min-[1100px]:w-96 min-[1600px]:w-140',
        selected === undefined ? 'hidden' : 'flex',
      )}
      style={width === undefined ? {} : { width, maxWidth: 'min(100%, max(55vw, 20rem))' }}
    >
      <PaneEdge pane="details" />
      {ids.length > 1 && several.length > 0 ? (
        <SeveralPane images={several} />
      ) : selected === undefined ? (
        <EmptyState icon={MousePointerClick} title={t('images.pickTitle')}>
          <p>{t('images.pickBody')}</p>
        </EmptyState>
      ) : (
        <Detail key={selected.id} image={selected} />
      )}
    </section>
  );
}

function Detail({ image }: { image: ImageSummary }) {
  const { details, error } = useDetails(image);
  const shownError = image.error ?? error?.toData();
  const above = (
    <>
      <Heading image={image} />
      {shownError === undefined ? null : (
        <div className="px-4 pb-4">
          <ErrorPanel error={shownError} />
        </div>
      )}
    </>
  );
  const below = details === undefined ? null : <ImageContents details={details} />;
  if (image.kind === 'broken') return <div className="min-h-0 flex-1 overflow-y-auto">{above}</div>;
  return <Composer image={image} above={above} below={below} />;
}

/** The image's contents; read again when its digest changes on disk. */
function useDetails(image: ImageSummary) {
  const [details, setDetails] = useState<ImageDetails>();
  const [error, setError] = useState<PushboatError>();
  const { id, digest, kind } = image;
  useEffect(() => {
    if (kind === 'broken') return;
    let isCurrent = true;
    request('images.details', id).then(
      (loaded) => isCurrent && (setDetails(loaded), setError(undefined)),
      (thrown: unknown) => isCurrent && setError(toPushboatError(thrown)),
    );
    return () => {
      isCurrent = false;
    };
    // `digest` is not read, but a new one means new contents.
  }, [id, digest, kind]);
  return { details, error };
}

function Heading({ image }: { image: ImageSummary }) {
  const { t, format } = useTexts();
  const facts = [
    image.platforms.map(platformText).join(', '),
    image.size === undefined ? '' : format.bytes(image.size),
    format.age(image.created),
  ].filter(Boolean);
  return (
    <header className="shrink-0 space-y-1 px-4 pt-3 pb-3">
      <div className="flex items-start gap-2">
        <h2 className="selectable min-w-0 flex-1 text-lg font-semibold break-words">{image.name}</h2>
        {image.kind === 'artifact' ? <Badge>{t('images.artifact')}</Badge> : null}
        {image.kind === 'broken' ? <Badge tone="bad">{t('images.broken')}</Badge> : null}
        <MoreButton image={image} />
        <IconButton
          icon={X}
          label={t('details.back')}
          onPress={() => selectImage(null)}
          className="min-[860px]:hidden"
        />
      </div>
      <p className="text-quiet">{facts.join(' · ')}</p>
      {image.digest === undefined ? null : (
        <p className="flex items-center gap-1 text-sm text-quiet">
          <span className="sr-only">{t('details.digest')}</span>
          <span className="selectable font-mono" title={image.digest}>
            {shortDigest(image.digest)}
          </span>
          <CopyButton text={image.digest} label={t('details.copyDigest')} />
        </p>
      )}
    </header>
  );
}
