import { type JobNote, noteText } from '../../../shared/job-notes.ts';
import { formatName } from '../../../shared/media-types.ts';
import type {
  ConversionFacts,
  JobInfo,
  JobSnapshot,
  LayerProgress,
  RegistryOutage,
  TransferEvent,
  TransferResult,
} from '../../../shared/transfer-events.ts';
import { formatDuration, formatSize } from '../format.ts';
import { type CommandIo, printLine } from '../io.ts';

/** How pushes are shown while they run, and once at their end (also when they stop for a login). */
export interface PushOutput {
  update(events: TransferEvent[]): void;
  end(snapshots: JobSnapshot[]): void;
}

/** The state of a row in words. */
export function stateWords(layer: LayerProgress): string {
  switch (layer.state) {
    case 'exists':
      return 'already there';
    case 'mounted':
      return `mounted from ${layer.mountedFrom ?? 'another repository'}`;
    case 'retrying':
      return `retrying (${layer.attempt ?? 2}): ${layer.reason ?? ''}`;
    case 'uploading':
      return layer.resumedFrom === undefined ? 'uploading' : `uploading, resumed at ${formatSize(layer.resumedFrom)}`;
    case 'pushed':
      if (layer.kind === 'signature') return `signed with ${layer.createdBy ?? 'a key'}`;
      return layer.convertedFrom === undefined ? layer.state : `pushed, converted to ${formatName(layer.mediaType)}`;
    case 'written':
      return layer.convertedFrom === undefined ? layer.state : `written, converted to ${formatName(layer.mediaType)}`;
    case 'not-sent':
      return 'not sent';
    case 'failed':
      return `failed: ${layer.reason ?? ''}`;
    default:
      return layer.state;
  }
}

/** What is not in the registry because the format has no place for it. */
export function lossLines({ to, lost }: ConversionFacts): string[] {
  if (lost.length === 0) return [];
  const words = lost.map((loss) =>
    loss === 'annotations' ? 'the image’s annotations' : 'the attestations and other artifacts of its index',
  );
  return [`Note: ${formatName(to)} has no place for ${words.join(' and ')}.`];
}

/** Notes as programs get them. */
export function toldNotes(notes: readonly JobNote[]): object[] {
  return notes.map((note) => ({ ...note, message: noteText(note) }));
}

/** What differs from the image, on standard error: standard output is read by programs. */
export function printNotesAside(io: CommandIo, notes: readonly JobNote[]): void {
  for (const note of notes) {
    const isAsked = note.kind === 'converted' && note.because === 'asked';
    if (!isAsked) io.stderr.line(`Note: ${noteText(note)}`);
  }
}

/** The last lines of a push that ended well; nothing for others, whose error is told elsewhere. */
export function printDone(io: CommandIo, job: JobInfo): void {
  if (!job.result) return;
  if (job.destination) return printWritten(io, job.result);
  const { reference, digest, bytesSent, bytesSaved, durationMs, unchanged, warnings, notes } = job.result;
  for (const warning of warnings) printLine(io, `The registry warns: ${warning}`);
  for (const note of notes) printLine(io, `Note: ${noteText(note)}`);
  const amount = unchanged ? 'nothing to do' : `${formatSize(bytesSent)} sent, ${formatSize(bytesSaved)} already there`;
  printLine(io, `Pushed ${reference} in ${formatDuration(durationMs)} (${amount})`);
  if (job.result.companions) printLine(io, `Pushed with it: ${job.result.companions}`);
  printLine(io, `Digest: ${digest}`);
}

function printWritten(io: CommandIo, result: TransferResult): void {
  const { reference, digest, exported = [], bytesSent, bytesSaved, durationMs, notes } = result;
  const amount = `${formatSize(bytesSent)} written, ${formatSize(bytesSaved)} already there`;
  for (const note of notes) printLine(io, `Note: ${noteText(note)}`);
  printLine(io, `Wrote ${reference} in ${formatDuration(durationMs)} (${amount})`);
  if (result.companions) printLine(io, `Wrote with it: ${result.companions}`);
  if (exported.length < 2) return printLine(io, `Digest: ${digest}`);
  for (const image of exported) printLine(io, `Digest of ${image.name}: ${image.digest}`);
}

/** That the registry, or its token server, is waited for, and until when. */
export function outageWords(
  { registry, host = registry, nextTryAt, reason }: RegistryOutage,
  now = Date.now(),
): string {
  const seconds = Math.max(0, Math.ceil((nextTryAt - now) / 1000));
  return `No answer from ${host} (${reason}): next try in ${seconds} s`;
}
