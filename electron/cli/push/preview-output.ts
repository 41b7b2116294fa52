import { shortDigest } from '../../../shared/digest.ts';
import { formatName } from '../../../shared/media-types.ts';
import type {
  ConversionFacts,
  ExportPreview,
  ExportPreviewImage,
  PreviewBlob,
  PushPreview,
} from '../../../shared/transfer-events.ts';
import { hintText } from '../errors.ts';
import { formatSize, formatTable, truncate } from '../format.ts';
import { type CommandIo, printJson, printLine, printLines } from '../io.ts';
import { type Speech, speechTo } from '../language/language.ts';
import { lossLines, noteLine, printNotesAside, toldNotes } from './words.ts';

/** `--dry-run`: what the push would do. */
export function printPreview(preview: PushPreview, options: { json?: boolean; quiet?: boolean }, io: CommandIo): void {
  if (options.json) return printJson(io, { type: 'preview', ...preview, differs: toldNotes(preview.differs) });
  if (options.quiet) {
    printNotesAside(io, preview.differs);
    return preview.digest === undefined ? undefined : printLine(io, preview.digest);
  }
  const speech = speechTo(io);
  const { say, said } = speech;
  const { target, login } = preview;
  printLine(
    io,
    login
      ? say`Would push to ${target} as ${login.username} (from ${said(login.origin)})`
      : say`Would push to ${target} without a login`,
  );
  const rows = preview.blobs.map((blob) => blobRow(blob, actionWords(blob, speech), speech));
  for (const { digest, size, exists } of preview.manifests) {
    rows.push([shortDigest(digest), said('manifest'), formatSize(size), exists ? say`already there` : say`upload`, '']);
  }
  printLines(io, formatTable(rows));
  for (const { message, hint } of preview.notes) {
    const next = hint ? ` ${hintText(hint, io.language)}` : '';
    printLine(io, say`Note: ${said(message)}${next}`);
  }
  for (const note of preview.differs) printLine(io, noteLine(note, speech));
  for (const line of conversionLines(preview.conversion, speech)) printLine(io, line);
  if (preview.companions !== undefined) printLine(io, say`Would push with it: ${preview.companions}`);
  printLine(io, say`Tag: ${tagWords(preview.tag, speech)}`);
  printLine(io, say`To send: ${formatSize(preview.bytesToSend)} of ${formatSize(preview.bytesTotal)}`);
  if (preview.digest !== undefined) printLine(io, say`Digest: ${preview.digest}`);
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
  const speech = speechTo(io);
  const { say } = speech;
  printLine(io, say`Would write to ${preview.destination}`);
  for (const { name, blobs, digest, differs, conversion, companions } of images) {
    printLine(io, say`Image: ${name}`);
    printLines(io, formatTable(blobs.map((blob) => blobRow(blob, speech.said(EXPORT_WORDS[blob.action]), speech))));
    for (const note of differs) printLine(io, noteLine(note, speech));
    for (const line of conversionLines(conversion, speech)) printLine(io, line);
    if (companions !== undefined) printLine(io, say`Would write with it: ${companions}`);
    if (digest !== undefined) printLine(io, say`Digest: ${digest}`);
  }
  printLine(io, say`To write: at most ${formatSize(preview.bytesTotal)}; what is already there is not written again`);
}

const EXPORT_WORDS = { write: 'write', compress: 'compress and write' } as const;

function printDigests(images: readonly ExportPreviewImage[], io: CommandIo): void {
  for (const { digest } of images) if (digest !== undefined) printLine(io, digest);
}

function blobRow(
  { digest, kind, size, createdBy = '' }: Omit<PreviewBlob, 'action'>,
  action: string,
  { said }: Speech,
): string[] {
  const origin = truncate(createdBy.replace(/\s+/g, ' '), 60);
  return [shortDigest(digest), said(kind), formatSize(size), action, origin];
}

function conversionLines(conversion: ConversionFacts | undefined, speech: Speech): string[] {
  if (!conversion) return [];
  const { from, to } = conversion;
  const { say, said } = speech;
  const [before, now] = [said(formatName(from)), said(formatName(to))];
  const change =
    before === now
      ? say`Manifest: will be rewritten as ${now}`
      : say`Manifest: will be converted from ${before} to ${now}`;
  return [change, ...lossLines(conversion, speech)];
}

function actionWords({ action, mountFrom }: PreviewBlob, { say }: Speech): string {
  switch (action) {
    case 'exists':
      return say`already there`;
    case 'mount':
      return say`mount from ${mountFrom ?? say`another repository`}`;
    case 'skip':
      return say`skip (not distributable)`;
    case 'unknown':
      return say`upload (the registry does not say whether it is there)`;
    case 'compress':
      return say`compress and upload`;
    case 'upload':
      return say`upload`;
  }
}

function tagWords(tag: PushPreview['tag'], { say, said }: Speech): string {
  switch (tag.state) {
    case 'new':
      return say`new`;
    case 'same':
      return say`already points at this digest`;
    case 'moves':
      return say`moves from ${tag.from}`;
    case 'kept':
      return say`exists and stays at ${tag.digest}`;
    case 'unknown':
      return say`unknown (${said(tag.reason)})`;
  }
}
