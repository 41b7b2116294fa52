import type { Digest } from '../../shared/digest.ts';
import type { TransferResult } from '../../shared/transfer-events.ts';
import type { JobProgress } from './progress.ts';
import type { JobTarget } from './target.ts';

/** What a finished run tells. */
export interface RunResult extends Omit<TransferResult, 'durationMs' | 'warnings' | 'notes'> {
  /** Of a push: all manifests as they were pushed, the root last. */
  manifests?: readonly Digest[];
  /** Layers that got the media type that their bytes have. */
  retyped?: number;
}

/** The same with what differs from the image; the job adds how long it took. */
export type NotedResult = Omit<RunResult, 'retyped' | 'manifests'> & Pick<TransferResult, 'notes'>;

/** One run of a job, as its work sees it. */
export interface JobRun {
  readonly progress: JobProgress;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Begin nothing new: what is under way ends at its next good point. */
  readonly draining: AbortSignal;
  /** When the run was asked for (`performance.now`): it may have waited for its turn. */
  readonly askedAt: number;
  /** The image has been read, and its rows are there. */
  readonly planned: () => void;
  /** All that is large of it is at the target: it waits for answers more than it sends from now on. */
  readonly leavesRoom: () => void;
}

/** What a job does: a push or an export. The life cycle around it, with its states, is the same for both (`Job`). */
export interface JobWork {
  readonly target: JobTarget;
  /** Of several images the first one's. */
  readonly imageId: string;
  /** Of several images all names. */
  readonly imageName: string;
  /**
   * A run after a stop continues where the last one was, so a pause waits a moment for a good point. Otherwise a run starts over, and a
   * pause stops at once.
   */
  readonly resumable: boolean;
  /** @throws PushboatError of the first failure, or the reason of the signal that ended it. */
  run(run: JobRun): Promise<NotedResult>;
  /**
   * Given up for good: closes what is left at the target.
   * @param hasRun false for a job of an earlier start without a run in this one.
   * @param wanted blobs that other jobs bring to the same repository: what is open of them stays so.
   */
  abandon(hasRun: boolean, wanted: ReadonlySet<Digest>): Promise<void>;
  /** What is kept for the next run is not needed any more. */
  release(): Promise<void>;
}
