import type { Digest } from './digest.ts';
import type { ErrorData } from './errors.ts';
import type { HintKey } from './hints.ts';
import type { DestinationTransport, Platform } from './images.ts';
import type { ConversionLoss, JobNote } from './job-notes.ts';

/**
 * `waiting → checking → exists | mounted | uploading → committing → pushed`, or `retrying` (then `uploading` again),
 * `failed`, `skipped` (a foreign layer that stays where its urls say). A layer without compression may be `compressing` first. In an
 * export `waiting → exists | writing → written`, or `skipped` (the destination has no use for it). `not-sent` is what a job that failed
 * or was cancelled has left undone; `sent` is what the other side keeps of it.
 */
export const BLOB_STATES = [
  'waiting',
  'checking',
  'compressing',
  'exists',
  'mounted',
  'uploading',
  'committing',
  'pushed',
  'writing',
  'written',
  'retrying',
  'failed',
  'skipped',
  'not-sent',
] as const;
export type BlobState = (typeof BLOB_STATES)[number];

/** `needs-login` and `needs-trust` wait for a person; `interrupted` was cut off by an end of the application that nobody asked for. */
export type JobState =
  | 'queued'
  | 'planning'
  | 'needs-login'
  | 'needs-trust'
  | 'running'
  | 'paused'
  | 'interrupted'
  | 'done'
  | 'failed'
  | 'cancelled';

export function isFinished(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** True while the engine works on it. */
export function isAtWork(state: JobState): state is 'planning' | 'running' {
  return state === 'planning' || state === 'running';
}

/** True while the engine works on it, or it has its turn ahead. */
export function isActive(state: JobState): boolean {
  return state === 'queued' || isAtWork(state);
}

/** True while it waits to be resumed by the person. */
export function isHeldBack(state: JobState): boolean {
  return state === 'paused' || state === 'interrupted';
}

/** True while it waits for a login or for trust in the registry. */
export function waitsForAnswer(state: JobState): boolean {
  return state === 'needs-login' || state === 'needs-trust';
}

/** True for what does not continue by itself: it has ended, or waits for a person. */
export function isSettledJob(state: JobState): boolean {
  return isFinished(state) || isHeldBack(state) || waitsForAnswer(state);
}

/** One row of a job: a layer, config or other blob, a manifest, or a signature to be made. Counts are bytes. */
export interface LayerProgress {
  /** In the local store; the row keeps it whatever the blob becomes on the way. Of a signature: made up. */
  digest: Digest;
  kind: 'layer' | 'config' | 'manifest' | 'index' | 'signature';
  mediaType: string;
  /** Of what is sent; of the local blob until it is compressed. */
  size: number;
  state: BlobState;
  /**
   * Bytes of this blob that the registry has or is being sent; never goes back without `retrying`. In state `compressing`: bytes of the
   * local blob that were read. In an export: bytes that were read to be written; a new run begins at 0.
   */
  sent: number;
  /** What the registry knows the blob by, when it was compressed on the way. */
  sentAs?: Digest;
  /** Media type of a manifest in the store, when it was converted to another format on the way. */
  convertedFrom?: string;
  createdBy?: string | undefined;
  platform?: Platform | undefined;
  /** Repository that it was mounted from. */
  mountedFrom?: string;
  /** Number of the coming try (2 = first retry) and why, in state `retrying`. */
  attempt?: number;
  reason?: string;
  /** Offset from which an earlier upload continues. */
  resumedFrom?: number;
}

/** Why a job waits for a person. */
export interface LoginRequest {
  registry: string;
  /** The registry's own words; empty when it said none. */
  reason: string;
  /** The login that was refused, and where it came from; null when none was tried. */
  tried: { username: string; origin: string } | null;
  /** True for 403: the login is right but lacks the right to push. */
  denied: boolean;
}

/** A registry that has answered before and does not now is waited for. */
export interface RegistryOutage {
  registry: string;
  /** Who does not answer, where that is not the registry itself: the server that gives its tokens. */
  host?: string | undefined;
  /** Epoch milliseconds. */
  since: number;
  nextTryAt: number;
  /** Short and readable: `503 Service Unavailable`. */
  reason: string;
}

/** An image as it is at a destination now. */
export interface ExportedImage {
  name: string;
  digest: Digest;
}

/** `kept`: it was there, and only a new one was wanted; the result's digest is what it points at. */
export type TagChange = { state: 'new' | 'same' | 'kept' } | { state: 'moved'; from: Digest };

export interface TransferResult {
  /** Canonical reference that was pushed, with tag; of an export the destination's text. */
  reference: string;
  /** Of an export of several images: the first one's. */
  digest: Digest;
  mediaType: string;
  /** Of an export: all images that were written. */
  exported?: ExportedImage[];
  /** Over the network; of an export: read to be written. */
  bytesSent: number;
  /** Bytes that were already there or were mounted. */
  bytesSaved: number;
  /** In which the job was at work: not while it waited for a person, was paused, or had ended. */
  durationMs: number;
  /** What the manifests were converted to, because it was asked for or the registry does not take their format. */
  conversion?: ConversionFacts | undefined;
  /** Signatures that were stored: by which key, of which manifest. */
  signatures?: { key: string; digest: Digest }[] | undefined;
  /** Signatures, SBOMs and the like that were pushed or written with the image; absent where none were asked for. */
  companions?: number | undefined;
  /** The tag already pointed at this digest: nothing was sent. */
  unchanged: boolean;
  /** What became of the target's tag; absent of an export, and where nobody has asked what it was. */
  tag?: TagChange | undefined;
  /** How what is at the target differs from the image in its store: said whatever else is shown. */
  notes: JobNote[];
  /** `Warning: 299` texts of the registry, each once. */
  warnings: string[];
}

/** Where an export goes. */
export interface ExportTarget {
  transport: DestinationTransport;
  /** Absolute; absent where an engine or a store takes the image. */
  path?: string | undefined;
}

/** One push of one image to one target, or one export, as the transfers pane shows it. */
export interface JobInfo {
  id: string;
  /** Of jobs that were asked for together, and are shown as one. */
  group?: string | undefined;
  /** Of an export of several images: the first one's. */
  imageId: string;
  imageName: string;
  /** Canonical target reference; of an export the destination as a person writes it. */
  target: string;
  /** Of a push. */
  registry?: string;
  /** Of an export. */
  destination?: ExportTarget;
  state: JobState;
  /** Bytes of all distinct blobs and manifests; known after planning. */
  bytesTotal: number;
  /** Bytes over the network in this job; of an export: read to be written. */
  bytesSent: number;
  /** Bytes that need not be sent. */
  bytesSaved: number;
  /** Bytes per second over the last seconds, while running. */
  rate: number;
  /** Seconds left at that rate; absent while unknown. */
  etaSeconds?: number | undefined;
  /** Epoch milliseconds. */
  createdAt: number;
  startedAt?: number | undefined;
  finishedAt?: number | undefined;
  login?: LoginRequest | undefined;
  /** While the job waits for its registry. */
  outage?: RegistryOutage | undefined;
  error?: ErrorData | undefined;
  result?: TransferResult | undefined;
  /** It was paused or cut off in an earlier start of the application, and nobody has resumed it yet. */
  isEarlier?: true | undefined;
}

/** What changed since the last batch. A `layers` event carries whole rows, only those that changed; with `all` there are no others. */
export type TransferEvent =
  | { type: 'job'; job: JobInfo }
  | { type: 'layers'; jobId: string; layers: LayerProgress[]; all?: true | undefined }
  | { type: 'removed'; jobId: string };

/** A job with all its rows. */
export interface JobSnapshot {
  job: JobInfo;
  layers: LayerProgress[];
}

/** Media types of the image's root before and after, and what the new format has no place for. */
export interface ConversionFacts {
  from: string;
  to: string;
  lost: readonly ConversionLoss[];
  /** The registry did not take the manifests as they were. */
  isRefused?: true;
}

/** What a push would do: the preview in the window, `--dry-run` on the command line. */
export interface PushPreview {
  target: string;
  /** Absent while layers must be compressed first: their digests are part of it. */
  digest?: Digest | undefined;
  /** Of what would be pushed. */
  mediaType: string;
  conversion?: ConversionFacts | undefined;
  blobs: PreviewBlob[];
  manifests: { digest: Digest; mediaType: string; size: number; platform?: Platform | undefined; exists: boolean }[];
  bytesTotal: number;
  /** Layers that are not compressed yet count as they are; fewer bytes will be sent. */
  bytesToSend: number;
  /** The tag: not there yet, already this digest, moved from another, or kept at it because only a new one is wanted. */
  tag:
    | { state: 'new' | 'same' }
    | { state: 'moves'; from: Digest }
    | { state: 'kept'; digest: Digest }
    | { state: 'unknown'; reason: string };
  /** Bytes per second that the last push got to the registry which was long enough to tell; absent where there was none lately. */
  rate?: number | undefined;
  /** The login that would be used. */
  login: { username: string; origin: string } | null;
  /** Signatures, SBOMs and the like that would go along; absent where none were asked for. */
  companions?: number | undefined;
  notes: { message: string; hint?: HintKey }[];
  /** What is left out or stays behind. */
  differs: JobNote[];
}

export interface PreviewBlob {
  digest: Digest;
  kind: Exclude<LayerProgress['kind'], 'signature'>;
  mediaType: string;
  size: number;
  action: 'exists' | 'mount' | 'upload' | 'compress' | 'skip' | 'unknown';
  mountFrom?: string | undefined;
  createdBy?: string | undefined;
  /** Of the image that it belongs to; of one of several the first. */
  platform?: Platform | undefined;
}

/** What an export would do. */
export interface ExportPreview {
  /** The destination's text. */
  destination: string;
  images: ExportPreviewImage[];
  /** Layers that are not compressed yet count as they are. */
  bytesTotal: number;
}

export interface ExportPreviewImage {
  name: string;
  /** As it leaves the store; archives and engines of Docker give it another. Absent where compressing or converting must tell it. */
  digest?: Digest | undefined;
  mediaType: string;
  /** What its manifests would be converted to. */
  conversion?: ConversionFacts | undefined;
  /** Signatures, SBOMs and the like that would go along; absent where none were asked for. */
  companions?: number | undefined;
  /** What is left out or stays behind. */
  differs: JobNote[];
  blobs: (Omit<PreviewBlob, 'action' | 'mountFrom'> & { action: 'write' | 'compress' })[];
}
