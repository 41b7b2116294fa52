import type { Digest } from '../../../shared/digest.ts';
import type { Reference } from '../../../shared/reference.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { Descriptor, LocalImage } from '../../image/types.ts';
import type { RetryPolicy } from '../../registry/answers/retry-delay.ts';
import type { RegistryClient } from '../../registry/types.ts';
import type { Journal } from '../journal/journal.ts';
import type { JobProgress } from '../progress.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { BlobLocations } from './blob-locations.ts';
import type { Line } from './line.ts';
import type { Presence } from './presence.ts';
import type { UploadSessions } from './upload-sessions.ts';

/** What one run of a job works with. A job that stops and continues makes a new run with the same rows and open uploads. */
export interface PushRun {
  readonly client: RegistryClient;
  readonly image: LocalImage;
  readonly tree: ImageTree;
  readonly target: Reference & { tag: string };
  readonly options: TransferOptions;
  readonly progress: JobProgress;
  readonly locations: BlobLocations;
  readonly journal: Journal;
  readonly bandwidth: Bandwidth;
  readonly line: Line;
  readonly sessions: UploadSessions;
  /** Sends one blob to the registry, where more is to be done than `pushBlob` does. */
  readonly sendBlob?: (run: BlobRun, blob: Descriptor) => Promise<void>;
  /** Called before a blob is read: those that are made on the way are made now. */
  readonly makeReady?: (blob: Descriptor, signal: AbortSignal) => Promise<void>;
  /** Send what is there, too, and ask for nothing: the registry's answers were wrong, or are not to be trusted. */
  readonly sendsAll?: boolean | undefined;
  /** Hears what the target's tag was; null where it was not there. */
  readonly tagSeen?: ((digest: Digest | null) => void) | undefined;
  /** Tries of one blob. */
  readonly retry: RetryPolicy;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Called when only small blobs and the manifests are left. */
  readonly leavesRoom: () => void;
  /** When the push was asked for (`performance.now`): what other jobs brought there since then need not be asked for. */
  readonly askedAt: number;
  /** Begin nothing new: what is on the wire ends at its next good point, so that the registry keeps it. */
  readonly draining: AbortSignal;
}

/** The part of a run that sends the blobs. */
export interface BlobRun extends PushRun {
  readonly presence: Presence;
  /** Whether an upload is opened while the registry is asked for the blob. */
  readonly opensEarly: boolean;
  /** What was learned of mounts: a registry that leaves one unanswered gets no more of them. */
  readonly mounts: { areSilent: boolean };
  /** Uploads that nobody needed, on the way to be closed. */
  readonly inVain: Promise<void>[];
}
