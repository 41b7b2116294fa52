import type { TFunction } from 'i18next';
import {
  Check,
  CircleDashed,
  CircleSlash,
  CircleX,
  CloudUpload,
  Equal,
  FoldVertical,
  HardDriveDownload,
  Link,
  LoaderCircle,
  type LucideIcon,
  MinusCircle,
  Pause,
  RotateCw,
} from 'lucide-react';
import { memo } from 'react';
import { briefDigest } from '../../../shared/digest.ts';
import { formatName } from '../../../shared/media-types.ts';
import { platformText } from '../../../shared/platforms.ts';
import type { BlobState, LayerProgress } from '../../../shared/transfer-events.ts';
import { type Texts, useTexts } from '../../i18n/use-texts.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Bar } from '../../ui/bar.tsx';
import { classes } from '../../ui/classes.ts';
import { commandText } from '../../ui/command-text.ts';
import { IN_TRAFFIC } from './still.tsx';

/** Each state has its own icon and words: colour alone never tells. */
const LAYER_LOOKS: Record<
  BlobState,
  { icon: LucideIcon; tone: string; bar: 'active' | 'good' | 'quiet' | 'bad' | 'warn' }
> = {
  waiting: { icon: CircleDashed, tone: 'text-quiet', bar: 'quiet' },
  checking: { icon: LoaderCircle, tone: 'text-quiet', bar: 'quiet' },
  compressing: { icon: FoldVertical, tone: 'text-accent', bar: 'quiet' },
  exists: { icon: Equal, tone: 'text-quiet', bar: 'quiet' },
  mounted: { icon: Link, tone: 'text-quiet', bar: 'quiet' },
  uploading: { icon: CloudUpload, tone: 'text-accent', bar: 'active' },
  committing: { icon: LoaderCircle, tone: 'text-accent', bar: 'active' },
  pushed: { icon: Check, tone: 'text-good', bar: 'good' },
  writing: { icon: HardDriveDownload, tone: 'text-accent', bar: 'active' },
  written: { icon: Check, tone: 'text-good', bar: 'good' },
  retrying: { icon: RotateCw, tone: 'text-warn', bar: 'warn' },
  failed: { icon: CircleX, tone: 'text-bad', bar: 'bad' },
  skipped: { icon: MinusCircle, tone: 'text-quiet', bar: 'quiet' },
  'not-sent': { icon: CircleSlash, tone: 'text-quiet', bar: 'quiet' },
};

interface LayerRowProps {
  jobId: string;
  digest: string;
  /** What made it, where the row does not know. */
  command: string | undefined;
  /** The job is paused or was cut off: what has begun waits for the person. */
  isHeld: boolean;
  /** The registry does not answer, which the job says: what has begun waits. */
  isSilent: boolean;
  isExport: boolean;
}

const PAUSED: (typeof LAYER_LOOKS)[BlobState] = { icon: Pause, tone: 'text-quiet', bar: 'quiet' };

/** One layer, config or manifest of a job. Subscribes to its own row only: 200 of them change ten times a second. */
export const LayerRow = memo(function LayerRow({ jobId, digest, ...job }: LayerRowProps) {
  const layer = useTransfers((state) => state.layers[jobId]?.byDigest[digest]);
  return layer === undefined ? null : <Row layer={layer} {...job} />;
});

type RowProps = Pick<LayerRowProps, 'command' | 'isHeld' | 'isSilent' | 'isExport'> & { layer: LayerProgress };

const Row = memo(function Row({ layer: told, command, isHeld, isSilent, isExport }: RowProps) {
  const texts = useTexts();
  const { t, format } = texts;
  // As it was last told: nobody tells of a layer's rest where the application was cut off.
  const isAtRest = isHeld ? !isLeft(told.state) : isSilent && IN_TRAFFIC.includes(told.state);
  const layer = isAtRest ? { ...told, state: 'waiting' as const } : told;
  const { state, sent, size, digest } = layer;
  const hasBegun = sent > 0 && sent < size && !isAtEnd(state);
  const isPaused = isHeld && hasBegun && state === 'waiting';
  const look = isPaused ? PAUSED : LAYER_LOOKS[state];
  const leftWords = state === 'not-sent' && isExport ? t('blobState.notWritten') : layerStateText(layer, texts);
  const words = isPaused ? t('blobState.paused') : leftWords;
  const madeBy = layer.createdBy ?? command;
  const name = layer.kind === 'signature' ? signatureName(layer, t) : (commandText(madeBy) ?? contentName(layer, t));
  const isMoving = state === 'compressing' || state === 'uploading' || state === 'writing' || state === 'retrying';
  const fraction = isAtEnd(state) ? 1 : size === 0 ? 0 : sent / size;
  const amount = (isMoving && sent > 0) || hasBegun ? format.progress(sent, size) : format.bytes(size);
  return (
    <div
      role="listitem"
      data-testid="layer-row"
      data-digest={digest}
      data-state={state}
      className="layer-row relative grid h-8 contain-strict grid-cols-[4.5rem_minmax(0,1fr)_5.75rem_8.25rem] items-center gap-2 @xl:h-7 @xl:grid-cols-[4.5rem_minmax(0,1fr)_6.5rem_5rem_8.5rem] @3xl:grid-cols-[4.5rem_minmax(0,1fr)_6.5rem_6rem_11rem] @5xl:grid-cols-[4.5rem_minmax(0,1fr)_7rem_10rem_15rem]"
    >
      <span className="selectable font-mono text-sm text-quiet" title={digest}>
        {briefDigest(digest)}
      </span>
      <span className="truncate" title={madeBy ?? name}>
        {name}
      </span>
      <span className="truncate text-right text-sm text-quiet tabular">{amount}</span>
      <span className="@max-xl:absolute @max-xl:inset-x-0 @max-xl:bottom-0">
        <Bar
          label={`${briefDigest(digest)} ${name}`}
          fraction={fraction}
          valueText={isMoving || hasBegun ? `${words}, ${amount}` : words}
          tone={look.bar}
        />
      </span>
      <span className={classes('flex min-w-0 items-center gap-1.5 text-sm', look.tone)} title={words}>
        <look.icon aria-hidden size={13} className={classes('shrink-0', state === 'checking' && 'animate-spin')} />
        <span className="truncate">{words}</span>
      </span>
    </div>
  );
});

/** It stays so until the job goes on. */
function isLeft(state: BlobState): boolean {
  return (
    (isAtEnd(state) && state !== 'committing') || state === 'skipped' || state === 'failed' || state === 'not-sent'
  );
}

/** Nothing of it is left to do: the bar is full. */
function isAtEnd(state: BlobState): boolean {
  return (
    state === 'exists' || state === 'mounted' || state === 'pushed' || state === 'written' || state === 'committing'
  );
}

function contentName(layer: LayerProgress, t: TFunction): string {
  const kind = t(`kinds.${layer.kind}`);
  return layer.platform === undefined ? kind : `${kind} ${platformText(layer.platform)}`;
}

/** The key that signs; of a key file its name alone. */
function signatureName({ createdBy = '' }: LayerProgress, t: TFunction): string {
  return `${t('kinds.signature')} · ${createdBy.split('/').at(-1)}`;
}

/** What systems and libraries call it when a connection ends too early. */
const LINE_LOST = /\b(?:ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|other side closed|socket hang up)\b/;

function layerStateText(layer: LayerProgress, { t, said, format }: Texts): string {
  if (layer.state === 'uploading' && layer.resumedFrom !== undefined) {
    return t('blobState.resumedAt', { size: format.bytes(layer.resumedFrom) });
  }
  if (layer.state === 'mounted' && layer.mountedFrom !== undefined) {
    return t('blobState.mountedFrom', { from: layer.mountedFrom });
  }
  if (layer.state === 'retrying' && layer.reason !== undefined) {
    const reason = LINE_LOST.test(layer.reason) ? t('errors.CONNECTION_LOST') : said(layer.reason);
    return t('blobState.retryingWhy', { attempt: layer.attempt ?? 2, reason });
  }
  if (layer.state === 'pushed' && layer.convertedFrom !== undefined) {
    return t('blobState.pushedAs', { format: formatName(layer.mediaType) });
  }
  return t(`blobState.${layer.state}`);
}
