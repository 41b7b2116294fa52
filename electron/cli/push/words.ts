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
import { durationText, formatSize } from '../format.ts';
import { type CommandIo, printLine } from '../io.ts';
import { ENGLISH, speechTo } from '../language/language.ts';

/** How pushes are shown while they run, and once at their end (also when they stop for a login). */
export interface PushOutput {
  update(events: TransferEvent[]): void;
  end(snapshots: JobSnapshot[]): void;
}

/** The state of a row in words. */
export function stateWords(layer: LayerProgress, { say, said } = ENGLISH): string {
  switch (layer.state) {
    case 'exists':
      return say`already there`;
    case 'mounted':
      return say`mounted from ${layer.mountedFrom ?? say`another repository`}`;
    case 'retrying':
      return say`retrying (${layer.attempt ?? 2}): ${said(layer.reason ?? '')}`;
    case 'uploading':
      return layer.resumedFrom === undefined
        ? said(layer.state)
        : say`uploading, resumed at ${formatSize(layer.resumedFrom)}`;
    case 'pushed':
      if (layer.kind === 'signature') return say`signed with ${layer.createdBy ?? say`a key`}`;
      return layer.convertedFrom === undefined
        ? said(layer.state)
        : say`pushed, converted to ${said(formatName(layer.mediaType))}`;
    case 'written':
      return layer.convertedFrom === undefined
        ? said(layer.state)
        : say`written, converted to ${said(formatName(layer.mediaType))}`;
    case 'not-sent':
      return say`not sent`;
    case 'failed':
      return say`failed: ${said(layer.reason ?? '')}`;
    default:
      return said(layer.state);
  }
}

/** What is not in the registry because the format has no place for it. */
export function lossLines({ to, lost }: ConversionFacts, { say, said } = ENGLISH): string[] {
  if (lost.length === 0) return [];
  const words = lost.map((loss) =>
    loss === 'annotations' ? say`the image’s annotations` : say`the attestations and other artifacts of its index`,
  );
  return [say`Note: ${said(formatName(to))} has no place for ${words.join(say` and `)}.`];
}

/** One note, for people. */
export function noteLine(note: JobNote, { say, said } = ENGLISH): string {
  return say`Note: ${said(noteText(note))}`;
}

/** Notes as programs get them. */
export function toldNotes(notes: readonly JobNote[]): object[] {
  return notes.map((note) => ({ ...note, message: noteText(note) }));
}

/** What differs from the image, on standard error: standard output is read by programs. */
export function printNotesAside(io: CommandIo, notes: readonly JobNote[]): void {
  for (const note of notes) {
    const isAsked = note.kind === 'converted' && note.because === 'asked';
    if (!isAsked) io.stderr.line(noteLine(note, speechTo(io)));
  }
}

/** The last lines of a push that ended well; nothing for others, whose error is told elsewhere. */
export function printDone(io: CommandIo, job: JobInfo): void {
  if (!job.result) return;
  if (job.destination) return printWritten(io, job.result);
  const { reference, digest, bytesSent, bytesSaved, durationMs, unchanged, warnings, notes } = job.result;
  const speech = speechTo(io);
  const { say } = speech;
  for (const warning of warnings) printLine(io, say`The registry warns: ${warning}`);
  for (const note of notes) printLine(io, noteLine(note, speech));
  const amount = unchanged
    ? say`nothing to do`
    : say`${formatSize(bytesSent)} sent, ${formatSize(bytesSaved)} already there`;
  printLine(io, say`Pushed ${reference} in ${durationText(durationMs)} (${amount})`);
  if (job.result.companions) printLine(io, say`Pushed with it: ${job.result.companions}`);
  printLine(io, say`Digest: ${digest}`);
}

function printWritten(io: CommandIo, result: TransferResult): void {
  const { reference, digest, exported = [], bytesSent, bytesSaved, durationMs, notes } = result;
  const speech = speechTo(io);
  const { say } = speech;
  const amount = say`${formatSize(bytesSent)} written, ${formatSize(bytesSaved)} already there`;
  for (const note of notes) printLine(io, noteLine(note, speech));
  printLine(io, say`Wrote ${reference} in ${durationText(durationMs)} (${amount})`);
  if (result.companions) printLine(io, say`Wrote with it: ${result.companions}`);
  if (exported.length < 2) return printLine(io, say`Digest: ${digest}`);
  for (const image of exported) printLine(io, say`Digest of ${image.name}: ${image.digest}`);
}

/** That the registry, or its token server, is waited for, and until when. */
export function outageWords(
  { registry, host = registry, nextTryAt, reason }: RegistryOutage,
  { say, said } = ENGLISH,
  now = Date.now(),
): string {
  const seconds = Math.max(0, Math.ceil((nextTryAt - now) / 1000));
  return say`No answer from ${host} (${said(reason)}): next try in ${seconds} s`;
}
