import { shortDigest } from '../../../shared/digest.ts';
import type { BlobState, JobInfo, LayerProgress } from '../../../shared/transfer-events.ts';
import { formatDuration, formatSize, truncate } from '../format.ts';
import type { CommandIo } from '../io.ts';
import { padToWidth, textWidth } from '../text-width.ts';
import { type PushOutput, printDone, stateWords } from './words.ts';

const BAR_WIDTH = 24;
/** Lines that the rows leave free: the overall line and the cursor's. */
const RESERVED_LINES = 3;

/** A full bar. */
const AT_END: readonly BlobState[] = ['exists', 'mounted', 'pushed', 'written'];

/** One line per layer with a bar, redrawn in place, and one for the whole of each push. */
export function createTerminalBars(io: CommandIo): PushOutput {
  const rows = new Map<string, Map<string, LayerProgress>>();
  const jobs = new Map<string, JobInfo>();
  const draw = (): void => {
    if (jobs.size === 0) return;
    const room = Math.floor((io.stdout.rows - RESERVED_LINES) / jobs.size) - 1;
    const lines = [...jobs.values()].flatMap((job) => [
      ...(jobs.size > 1 ? [`→ ${job.target}`] : []),
      ...layerLines([...(rows.get(job.id)?.values() ?? [])], room, columns(io)),
      overallLine(job),
    ]);
    io.stdout.redraw(lines.map((line) => truncate(line, columns(io) - 1)));
  };
  const keep = (jobId: string, layers: LayerProgress[]): void => {
    const known = rows.get(jobId) ?? new Map<string, LayerProgress>();
    for (const layer of layers) known.set(layer.digest, layer);
    rows.set(jobId, known);
  };
  return {
    update: (events) => {
      for (const event of events) {
        if (event.type === 'layers') keep(event.jobId, event.layers);
        if (event.type === 'job') jobs.set(event.job.id, event.job);
      }
      draw();
    },
    end: (snapshots) => {
      for (const { job, layers } of snapshots) {
        keep(job.id, layers);
        jobs.set(job.id, job);
      }
      draw();
      io.stdout.endDrawing();
      for (const { job } of snapshots) printDone(io, job);
    },
  };
}

function columns(io: CommandIo): number {
  return Math.max(40, io.stdout.columns);
}

/** All layers where they fit; otherwise those that are moving, and how many are not shown. */
function layerLines(rows: LayerProgress[], available: number, width: number): string[] {
  const shown = rows.filter(({ kind }) => kind === 'layer' || kind === 'config' || kind === 'signature');
  const room = Math.max(3, available);
  if (shown.length <= room) return shown.map((row) => layerLine(row, width));
  const moving = shown.filter(({ state }) => state !== 'waiting' && !AT_END.includes(state));
  const lines = moving.slice(0, room - 1).map((row) => layerLine(row, width));
  const finished = shown.filter(({ state }) => AT_END.includes(state)).length;
  return [...lines, `… ${shown.length - lines.length} more layers, ${finished} of ${shown.length} finished`];
}

function layerLine(layer: LayerProgress, width: number): string {
  const amount =
    layer.state === 'uploading' || layer.state === 'compressing' || layer.state === 'writing'
      ? `${formatSize(layer.sent)}/${formatSize(layer.size)}`
      : formatSize(layer.size);
  const what = layer.kind === 'config' ? 'config' : (layer.createdBy ?? '').replace(/\s+/g, ' ');
  const isPlain = layer.state === 'writing' || (layer.state === 'uploading' && layer.resumedFrom === undefined);
  const words = isPlain ? '' : stateWords(layer);
  const left = padToWidth(`${shortDigest(layer.digest)} ${bar(doneShare(layer))} ${amount.padStart(17)} ${words}`, 65);
  const room = width - textWidth(left) - 3;
  return room > 12 && what ? `${left} ${truncate(what, room)}` : left.trimEnd();
}

function doneShare({ state, sent, size }: LayerProgress): number {
  if (AT_END.includes(state)) return 1;
  return size === 0 ? 0 : sent / size;
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}

function overallLine(job: JobInfo): string {
  const done = job.bytesSent + job.bytesSaved;
  const share = job.bytesTotal === 0 ? 0 : done / job.bytesTotal;
  const parts = [`${bar(share)} ${Math.floor(share * 100)} %`, `${formatSize(done)} of ${formatSize(job.bytesTotal)}`];
  if (job.rate > 0) parts.push(`${formatSize(job.rate)}/s`);
  if (job.etaSeconds !== undefined && job.state === 'running')
    parts.push(`${formatDuration(job.etaSeconds * 1000)} left`);
  if (job.bytesSaved > 0) parts.push(`${formatSize(job.bytesSaved)} saved`);
  if (job.state !== 'running') parts.push(job.state);
  return `${'total'.padEnd(12)} ${parts.join(' · ')}`;
}
