import { shortDigest } from '../../../shared/digest.ts';
import {
  type BlobState,
  isAtWork,
  isFinished,
  type JobInfo,
  type LayerProgress,
  waitsForAnswer,
} from '../../../shared/transfer-events.ts';
import { durationText, formatSize, truncate } from '../format.ts';
import type { CommandIo } from '../io.ts';
import { type Speech, speechTo } from '../language/language.ts';
import { padToWidth, textWidth } from '../text-width.ts';
import { outageWords, type PushOutput, printDone, stateWords } from './words.ts';

const BAR_WIDTH = 24;
/** Lines that the rows leave free: the overall line and the cursor's. */
const RESERVED_LINES = 3;

/** With more jobs than this each has one line. */
const MOST_WITH_LAYERS = 4;

/** A full bar. */
const AT_END: readonly BlobState[] = ['exists', 'mounted', 'pushed', 'written'];

/** One line per layer with a bar, redrawn in place, and one for the whole of each push. */
export function createTerminalBars(io: CommandIo): PushOutput {
  const speech = speechTo(io);
  const rows = new Map<string, Map<string, LayerProgress>>();
  const jobs = new Map<string, JobInfo>();
  const draw = (): void => {
    if (jobs.size === 0) return;
    const lines =
      jobs.size > MOST_WITH_LAYERS
        ? groupLines([...jobs.values()], io.stdout.rows - RESERVED_LINES, speech)
        : [...jobs.values()].flatMap((job) => jobLines(job));
    io.stdout.redraw(lines.map((line) => truncate(line, columns(io) - 1)));
  };
  const jobLines = (job: JobInfo): string[] => {
    const room = Math.floor((io.stdout.rows - RESERVED_LINES) / jobs.size) - 1;
    return [
      ...(jobs.size > 1 ? [`→ ${job.target}`] : []),
      ...layerLines([...(rows.get(job.id)?.values() ?? [])], room, columns(io), speech),
      overallLine(job, speech),
    ];
  };
  let clock: NodeJS.Timeout | undefined;
  /** The seconds to the next try count down although nothing else happens. */
  const countDown = (): void => {
    const isAway = [...jobs.values()].some(({ outage }) => outage !== undefined);
    if (isAway) clock ??= setInterval(draw, 1000);
    else stopClock();
  };
  const stopClock = (): void => {
    clearInterval(clock);
    clock = undefined;
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
      countDown();
      draw();
    },
    end: (snapshots) => {
      for (const { job, layers } of snapshots) {
        keep(job.id, layers);
        jobs.set(job.id, job);
      }
      stopClock();
      draw();
      io.stdout.endDrawing();
      for (const { job } of snapshots) printDone(io, job);
    },
  };
}

/** A line for each job that is at work, as far as there is room, and one for all of them. */
function groupLines(jobs: readonly JobInfo[], room: number, { say }: Speech): string[] {
  const working = jobs.filter(({ state }) => isAtWork(state) || waitsForAnswer(state));
  const lines = working.slice(0, Math.max(1, room)).map((job) => `${bar(shareOf(job))} ${percent(job)} ${job.target}`);
  const done = jobs.filter(({ state }) => state === 'done').length;
  const failed = jobs.filter(({ state }) => isFinished(state)).length - done;
  const parts = [say`${done} of ${jobs.length} done`];
  if (failed > 0) parts.push(say`${failed} not`);
  parts.push(say`${formatSize(sumOf(jobs, ({ bytesSent }) => bytesSent))} sent`);
  const rate = sumOf(working, (job) => job.rate);
  if (rate > 0) parts.push(`${formatSize(rate)}/s`);
  const share = sumOf(jobs, (job) => (isFinished(job.state) ? 1 : shareOf(job))) / jobs.length;
  return [...lines, `${bar(share)} ${parts.join(' · ')}`];
}

function sumOf(jobs: readonly JobInfo[], count: (job: JobInfo) => number): number {
  return jobs.reduce((sum, job) => sum + count(job), 0);
}

function shareOf({ bytesTotal, bytesSent, bytesSaved }: JobInfo): number {
  return bytesTotal === 0 ? 0 : (bytesSent + bytesSaved) / bytesTotal;
}

function percent(job: JobInfo): string {
  return `${Math.floor(shareOf(job) * 100)} %`.padStart(5);
}

function columns(io: CommandIo): number {
  return Math.max(40, io.stdout.columns);
}

/** All layers where they fit; otherwise those that are moving, and how many are not shown. */
function layerLines(rows: LayerProgress[], available: number, width: number, speech: Speech): string[] {
  const shown = rows.filter(({ kind }) => kind === 'layer' || kind === 'config' || kind === 'signature');
  const room = Math.max(3, available);
  if (shown.length <= room) return shown.map((row) => layerLine(row, width, speech));
  const moving = shown.filter(({ state }) => state !== 'waiting' && !AT_END.includes(state));
  const lines = moving.slice(0, room - 1).map((row) => layerLine(row, width, speech));
  const finished = shown.filter(({ state }) => AT_END.includes(state)).length;
  const more = shown.length - lines.length;
  return [...lines, speech.say`… ${more} more layers, ${finished} of ${shown.length} finished`];
}

function layerLine(layer: LayerProgress, width: number, speech: Speech): string {
  const amount =
    layer.state === 'uploading' || layer.state === 'compressing' || layer.state === 'writing'
      ? `${formatSize(layer.sent)}/${formatSize(layer.size)}`
      : formatSize(layer.size);
  const what = layer.kind === 'config' ? speech.said('config') : (layer.createdBy ?? '').replace(/\s+/g, ' ');
  const isPlain = layer.state === 'writing' || (layer.state === 'uploading' && layer.resumedFrom === undefined);
  const words = isPlain ? '' : stateWords(layer, speech);
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

function overallLine(job: JobInfo, speech: Speech): string {
  const { say, said } = speech;
  if (job.outage) return `${padToWidth(said('waiting'), 12)} ${outageWords(job.outage, speech)}`;
  const done = job.bytesSent + job.bytesSaved;
  const share = shareOf(job);
  const parts = [
    `${bar(share)} ${Math.floor(share * 100)} %`,
    say`${formatSize(done)} of ${formatSize(job.bytesTotal)}`,
  ];
  if (job.rate > 0) parts.push(`${formatSize(job.rate)}/s`);
  if (job.etaSeconds !== undefined && job.state === 'running')
    parts.push(say`${durationText(job.etaSeconds * 1000)} left`);
  if (job.bytesSaved > 0) parts.push(say`${formatSize(job.bytesSaved)} saved`);
  if (job.state !== 'running') parts.push(said(job.state));
  return `${padToWidth(say`total`, 12)} ${parts.join(' · ')}`;
}
