import type { Digest } from '../../shared/digest.ts';
import { isAtWork } from '../../shared/transfer-events.ts';
import type { Job } from './job.ts';
import { isSettledRow } from './progress.ts';
import { targetPlace, targetRepository, targetText } from './target.ts';
import type { JobWork } from './work.ts';

/** Whether both bring the same image to the same place: one of them is enough. */
export function isSameWork(a: JobWork, b: JobWork): boolean {
  const isSameTarget = a.target.kind === b.target.kind && targetText(a.target) === targetText(b.target);
  return isSameTarget && a.imageId === b.imageId && a.imageName === b.imageName;
}

/** Two images for one tag or one file go one after the other: the later one wins, as in one terminal. */
export function isTargetTaken({ work }: Job, jobs: readonly Job[]): boolean {
  const place = targetPlace(work.target);
  return jobs.some((other) => isAtWork(other.state) && targetPlace(other.work.target) === place);
}

/**
 * What jobs of an earlier start will bring to the repository of this one: an upload that is open of it is theirs, too. Those that have run
 * in this start know their own.
 */
export function wantedByOthers(job: Job, jobs: readonly Job[]): ReadonlySet<Digest> {
  const place = targetRepository(job.work.target);
  const others = jobs.filter(
    (other) => other !== job && !other.hasRun && targetRepository(other.work.target) === place,
  );
  const rows = others.flatMap(({ progress }) => progress.all()).filter(({ state }) => !isSettledRow(state));
  return new Set(rows.map(({ digest, sentAs = digest }) => sentAs));
}
