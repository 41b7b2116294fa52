import { shortDigest } from '../../../shared/digest.ts';
import { HINTS } from '../../../shared/hints.ts';
import { noteText } from '../../../shared/job-notes.ts';
import { formatName } from '../../../shared/media-types.ts';
import type {
  ConversionFacts,
  ExportPreview,
  ExportPreviewImage,
  PreviewBlob,
  PushPreview,
} from '../../../shared/transfer-events.ts';
import { formatSize, formatTable, truncate } from '../format.ts';
import { type CommandIo, printJson, printLine, printLines } from '../io.ts';
import { lossLines, printNotesAside, toldNotes } from './words.ts';

/** `--dry-run`: what the push would do. */
export function printPreview(preview: PushPreview, options: { json?: boolean; quiet?: boolean }, io: CommandIo): void {
  if (options.json) return printJson(io, { type: 'preview', ...preview, differs: toldNotes(preview.differs) });
  if (options.quiet) {
    printNotesAside(io, preview.differs);
    return preview.digest === undefined ? undefined : printLine(io, preview.digest);
  }
  const login = preview.login ? `as ${preview.login.username} (from ${preview.login.origin})` : 'without a login';
  printLine(io, `Would push to ${preview.target} ${login}`);
  const rows = preview.blobs.map((blob) => blobRow(blob, actionWords(blob)));
  for (const { digest, size, exists } of preview.manifests) {
    rows.push([shortDigest(digest), 'manifest', formatSize(size), exists ? 'already there' : 'upload', '']);
  }
  printLines(io, formatTable(rows));
  for (const { message, hint } of preview.notes) printLine(io, `Note: ${message}${hint ? ` ${HINTS[hint]}` : ''}`);
  for (const note of preview.differs) printLine(io, `Note: ${noteText(note)}`);
  for (const line of conversionLines(preview.conversion)) printLine(io, line);
  if (preview.companions !== undefined) printLine(io, `Would push with it: ${preview.companions}`);
  printLine(io, `Tag: ${tagWords(preview.tag)}`);
  printLine(io, `To send: ${formatSize(preview.bytesToSend)} of ${formatSize(preview.bytesTotal)}`);
  if (preview.digest !== undefined) printLine(io, `Digest: ${preview.digest}`);
}

/** `--dry-run` of an export: what would be written. */
export function printExportPreview(
  preview: ExportPreview,
  options: { json?: boolean; quiet?: boolean },
  io: CommandIo,
): void {
  const { images } = preview;
  if (options.json) {
    const told = images.map((image) => ({ ...image, differs: toldNotes(image.differs) }));
    return printJson(io, { type: 'export-preview', ...preview, images: told });
  }
  if (options.quiet) {
    for (const { differs } of images) printNotesAside(io, differs);
    return printDigests(images, io);
  }
  printLine(io, `Would write to ${preview.destination}`);
  for (const { name, blobs, digest, differs, conversion, companions } of images) {
    printLine(io, `Image: ${name}`);
    printLines(io, formatTable(blobs.map((blob) => blobRow(blob, EXPORT_WORDS[blob.action]))));
    for (const note of differs) printLine(io, `Note: ${noteText(note)}`);
    for (const line of conversionLines(conversion)) printLine(io, line);
    if (companions !== undefined) printLine(io, `Would write with it: ${companions}`);
    if (digest !== undefined) printLine(io, `Digest: ${digest}`);
  }
  printLine(io, `To write: at most ${formatSize(preview.bytesTotal)}; what is already there is not written again`);
}

const EXPORT_WORDS = { write: 'write', compress: 'compress and write' } as const;

function printDigests(images: readonly ExportPreviewImage[], io: CommandIo): void {
  for (const { digest } of images) if (digest !== undefined) printLine(io, digest);
}

function blobRow({ digest, kind, size, createdBy = '' }: Omit<PreviewBlob, 'action'>, action: string): string[] {
  const origin = truncate(createdBy.replace(/\s+/g, ' '), 60);
  return [shortDigest(digest), kind, formatSize(size), action, origin];
}

function conversionLines(conversion: ConversionFacts | undefined): string[] {
  if (!conversion) return [];
  const { from, to } = conversion;
  const change =
    formatName(from) === formatName(to)
      ? `rewritten as ${formatName(to)}`
      : `converted from ${formatName(from)} to ${formatName(to)}`;
  return [`Manifest: will be ${change}`, ...lossLines(conversion)];
}

function actionWords({ action, mountFrom }: PreviewBlob): string {
  switch (action) {
    case 'exists':
      return 'already there';
    case 'mount':
      return `mount from ${mountFrom ?? 'another repository'}`;
    case 'skip':
      return 'skip (not distributable)';
    case 'unknown':
      return 'upload (the registry does not say whether it is there)';
    case 'compress':
      return 'compress and upload';
    case 'upload':
      return 'upload';
  }
}

function tagWords(tag: PushPreview['tag']): string {
  switch (tag.state) {
    case 'new':
      return 'new';
    case 'same':
      return 'already points at this digest';
    case 'moves':
      return `moves from ${tag.from}`;
    case 'unknown':
      return `unknown (${tag.reason})`;
  }
}
