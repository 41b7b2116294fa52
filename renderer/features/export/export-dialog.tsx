import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { toPushboatError } from '../../../shared/errors.ts';
import { DESTINATION_TRANSPORTS, type ImageSummary } from '../../../shared/images.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { announce } from '../../ui/announce.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LABEL_CLASSES } from '../../ui/field.ts';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { decideCompanions } from '../companions/decide-companions.ts';
import { exportKind } from './destination-text.ts';
import { useDestination } from './use-destination.ts';

interface ExportDialogProps {
  image: ImageSummary;
  options: TransferOptions;
  onStarted: () => void;
  onClose: () => void;
}

const FORM_ID = 'export-form';

/** Asks as what, where to and under which name an image is exported, and says what that is on the command line. */
export function ExportDialog({ image, options, onStarted, onClose }: ExportDialogProps) {
  const { t } = useTexts();
  const destination = useDestination(image);
  const { isReady, replaced, start, keep } = useStart({ image, options, onStarted }, destination);
  const { kind, text, error } = destination;
  const begin = (replace: boolean, decided?: TransferOptions) =>
    inBackground(start(replace, decided), destination.showFailure);

  return (
    <Dialog
      isOpen
      isDismissable={false}
      title={t('export.title', { name: image.name })}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form={FORM_ID} isDisabled={!isReady} className="min-w-24">
            {t('export.start')}
          </Button>
        </>
      }
    >
      <form
        id={FORM_ID}
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          begin(destination.isReplacingAgreed);
        }}
      >
        <div>
          <Select
            label={t('export.as')}
            options={DESTINATION_TRANSPORTS.map((transport) => ({
              id: transport,
              text: t(`export.kinds.${transport}`),
            }))}
            value={kind.transport}
            onChange={(transport) => destination.setKind(exportKind(transport))}
          />
          <p className="pt-1 text-sm text-quiet">{t(`export.help.${kind.transport}`)}</p>
        </div>
        <PlaceFields destination={destination} />
        {kind.name === 'none' ? null : (
          <TextField
            label={t(kind.name === 'required' ? 'export.reference' : 'export.name')}
            value={destination.name}
            onChange={destination.setName}
            placeholder={t('export.namePlaceholder')}
          />
        )}
        {text === undefined ? null : <DestinationText text={text} />}
        {error === undefined ? null : (
          <div role="alert">
            <ErrorPanel error={error} />
          </div>
        )}
      </form>
      {replaced === undefined ? null : (
        <ReplaceDialog
          path={replaced.path}
          onKeep={keep}
          onReplace={() => {
            keep();
            begin(true, replaced.options);
          }}
        />
      )}
    </Dialog>
  );
}

type Destination = ReturnType<typeof useDestination>;

/** Starts the export; before something is overwritten that nobody has agreed to, `replaced` says what it is. */
function useStart({ image, options, onStarted }: Omit<ExportDialogProps, 'onClose'>, destination: Destination) {
  const { t } = useTexts();
  const [isStarting, setStarting] = useState(false);
  const [replaced, setReplaced] = useState<{ path: string; options: TransferOptions }>();
  const { kind, text, error } = destination;
  const isReady = text !== undefined && error === undefined && !isStarting;
  const start = async (replace: boolean, decided?: TransferOptions) => {
    if (!isReady) return;
    setStarting(true);
    const keeps = kind.keepsCompanions === true;
    const taken = decided ?? (keeps ? await decideCompanions([image.id], options, 'export') : options);
    try {
      if (taken === undefined) return;
      await request('exports.start', { imageId: image.id, destination: text, options: taken, replace });
      announce(t('export.started', { target: text }));
      onStarted();
    } catch (thrown) {
      const { hint, facts } = toPushboatError(thrown);
      if (hint === 'confirm-replace' && taken) setReplaced({ path: facts.path ?? text, options: taken });
      else destination.showFailure(thrown);
    } finally {
      setStarting(false);
    }
  };
  return { isReady, replaced, start, keep: () => setReplaced(undefined) };
}

interface ReplaceDialogProps {
  path: string;
  onKeep: () => void;
  onReplace: () => void;
}

/** Before anything of the person's is overwritten; Esc keeps it. */
function ReplaceDialog({ path, onKeep, onReplace }: ReplaceDialogProps) {
  const { t } = useTexts();
  return (
    <Dialog
      isOpen
      role="alertdialog"
      isDismissable={false}
      title={t('export.replaceTitle')}
      onClose={onKeep}
      footer={
        <>
          <Button onPress={onKeep}>{t('export.keep')}</Button>
          <Button look="danger" onPress={onReplace}>
            {t('export.replace')}
          </Button>
        </>
      }
    >
      <p className="selectable">{t('export.replaceBody', { path })}</p>
    </Dialog>
  );
}

/** Path and the button of the system's dialog; nothing where an engine takes the image. */
function PlaceFields({ destination }: { destination: Destination }) {
  const { t } = useTexts();
  const { kind, path, setPath, choose } = destination;
  if (kind.place === null) return null;
  return (
    <div className="flex items-end gap-2">
      <TextField
        label={t(`export.place.${kind.place}`)}
        value={path}
        onChange={setPath}
        placeholder={t('export.placePlaceholder')}
        className="flex-1"
      />
      <Button icon={FolderOpen} onPress={choose}>
        {t('export.choose')}
      </Button>
    </div>
  );
}

function DestinationText({ text }: { text: string }) {
  const { t } = useTexts();
  return (
    <div>
      <p className={LABEL_CLASSES}>{t('export.destination')}</p>
      <div className="flex items-start gap-2">
        <code data-testid="export-destination" className="selectable min-w-0 flex-1 pt-1 font-mono text-sm break-all">
          {text}
        </code>
        <CopyButton text={text} label={t('export.copyDestination')} />
      </div>
    </div>
  );
}
