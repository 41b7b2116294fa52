import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { ChunkSizer } from './chunk-size.ts';
import type { PushRun } from './run.ts';

/** Where one was taken before, a line that breaks them does so with others, too: of those most registries forget the whole upload. */
export function isFreeNow(run: PushRun, chunks: ChunkSizer): boolean {
  return (
    chunks.mayBeFree && takesFreeBodies(run) && (run.line.isProven ? !chunks.wasSpoiled : !chunks.doubtsFreeBodies)
  );
}

export function takesFreeBodies({ journal, target, line }: PushRun): boolean {
  if (line.wantsRange) return false;
  return line.isProven || !(line.refusesFreeBodies || journal.traits.has(target.registry, 'no-free-bodies'));
}

export function tookFreeBody({ line }: PushRun, chunks: ChunkSizer, offset: number): void {
  line.isProven = true;
  chunks.tookFree(offset);
}

/** A body whose length was said was taken where others were not: the next ones say theirs. What the registry says of that is not known. */
export function tookFixedBody({ line }: PushRun, chunks: ChunkSizer): void {
  if (chunks.wasSpoiled) line.wantsRange = true;
  else if (chunks.doubtsFreeBodies && !line.isProven) line.refusesFreeBodies = true;
}

/** A body without a length that was not taken, of which so many bytes were sent. */
interface RefusedBody {
  offset: number;
  sent: number;
  chunks: ChunkSizer;
}

/** Whether a body was refused for not saying its length, or where it goes on: then the next ones say so. */
export function refusesFreeBody(run: PushRun, thrown: unknown, { offset, sent, chunks }: RefusedBody): boolean {
  const { journal, target, line } = run;
  if (sent > 0 && !line.isProven && wantsLength(thrown)) {
    line.refusesFreeBodies = true;
    journal.traits.add(target.registry, 'no-free-bodies');
    return true;
  }
  return offset > 0 && wantsRange(run, thrown, chunks);
}

/** Bad Request, Length Required and Not Implemented are what servers say that want a Content-Length (RFC 9110, 15.5.12). */
const WANTS_LENGTH = new Set([400, 411, 501]);

function wantsLength(thrown: unknown): boolean {
  return thrown instanceof PushboatError && WANTS_LENGTH.has(thrown.facts.status ?? 0);
}

/**
 * Gitea and Forgejo take one body without a range in each upload; one that follows has to say where it goes on
 * (https://github.com/dotnet/sdk-container-builds/issues/471).
 */
const WANTS_RANGE = /\bstream\w*\b[^.;]{0,80}\bnot allowed\b|\bcontent-range\b/i;

/** Whether a body that went on in an upload was refused for having no range. What says only that the upload is lost may be chance once. */
function wantsRange({ line, journal, target }: PushRun, thrown: unknown, chunks: ChunkSizer): boolean {
  const failure = toPushboatError(thrown);
  const { status = 0, detail = '' } = failure.facts;
  const says = status >= 400 && status < 500 && WANTS_RANGE.test(detail);
  // It was told of no range: it takes every body without one for the first (https://github.com/cue-labs/oci).
  if (!says && status !== 416 && !(failure.code === 'UPLOAD_GONE' && chunks.lostUpload())) return false;
  line.wantsRange = true;
  if (says) journal.traits.add(target.registry, 'no-free-bodies');
  return true;
}
