import type { JobInfo, JobSnapshot, LayerProgress, PushEvent } from '../../shared/push-events.ts';
import { shortDigest } from '../../shared/digest.ts';
import { formatDuration, formatSize, printable } from './format.ts';
import { type CommandIo, printJson, printLine } from './io.ts';
import { createTerminalBars } from './terminal-bars.ts';

/** How a push is shown while it runs, and once at its end (also when it stops for a login). */
export interface PushOutput {
  update(events: PushEvent[]): void;
  end(snapshot: JobSnapshot): void;
}

export function createPushOutput(options: { json?: boolean; quiet?: boolean }, io: CommandIo): PushOutput {
  if (options.json) return jsonOutput(io);
  if (options.quiet) return { update: () => undefined, end: () => undefined };
  return io.stdout.isTTY ? createTerminalBars(io) : plainOutput(io);
}

/** One object a line, for programs. */
function jsonOutput(io: CommandIo): PushOutput {
  return {
    update: (events) => {
      for (const event of events) {
        if (event.type === 'layers') for (const layer of event.layers) printJson(io, layerObject(event.jobId, layer));
        if (event.type === 'job') printJson(io, jobObject(event.job));
      }
    },
    end: ({ job }) => {
      if (!job.result) return;
      const { reference, digest, bytesSent, bytesSaved, durationMs, unchanged, mediaType, warnings } = job.result;
      printJson(io, { type: 'done', reference, digest, bytesSent, bytesSaved, durationMs, unchanged, mediaType, warnings });
    },
  };
}

function layerObject(job: string, { size, ...layer }: LayerProgress): object {
  const { digest, state, sent, ...rest } = layer;
  return { type: 'layer', digest, state, sent, total: size, job, ...rest };
}

function jobObject({ id, state, imageName, target, bytesTotal, bytesSent, bytesSaved, rate, etaSeconds, login }: JobInfo): object {
  return { type: 'job', id, state, image: imageName, target, bytesTotal, bytesSent, bytesSaved, rate, etaSeconds, login };
}

/** One line for each thing that happened, for logs. */
function plainOutput(io: CommandIo): PushOutput {
  const said = new Map<string, string>();
  let started = false;
  return {
    update: (events) => {
      for (const event of events) {
        if (event.type === 'job' && !started) {
          started = true;
          printLine(io, `Pushing ${printable(event.job.imageName)} to ${event.job.target}`);
        }
        if (event.type === 'layers') for (const layer of event.layers) sayLayer(io, said, layer);
      }
    },
    end: ({ job }) => printDone(io, job),
  };
}

function sayLayer(io: CommandIo, said: Map<string, string>, layer: LayerProgress): void {
  if (layer.state === 'waiting' || layer.state === 'checking' || layer.state === 'committing') return;
  const words = stateWords(layer);
  if (said.get(layer.digest) === words) return;
  said.set(layer.digest, words);
  printLine(io, `${shortDigest(layer.digest)}  ${layer.kind.padEnd(8)}  ${formatSize(layer.size).padStart(8)}  ${words}`);
}

export function stateWords(layer: LayerProgress): string {
  switch (layer.state) {
    case 'exists':
      return 'already there';
    case 'mounted':
      return `mounted from ${layer.mountedFrom ?? 'another repository'}`;
    case 'retrying':
      return `retrying (${layer.attempt ?? 2}): ${printable(layer.reason ?? '')}`;
    case 'uploading':
      return layer.resumedFrom === undefined ? 'uploading' : `uploading, resumed at ${formatSize(layer.resumedFrom)}`;
    case 'failed':
      return `failed: ${printable(layer.reason ?? '')}`;
    default:
      return layer.state;
  }
}

export function printDone(io: CommandIo, job: JobInfo): void {
  if (!job.result) return;
  const { reference, digest, bytesSent, bytesSaved, durationMs, unchanged, warnings } = job.result;
  for (const warning of warnings) printLine(io, `The registry warns: ${printable(warning)}`);
  const amount = unchanged ? 'nothing to do' : `${formatSize(bytesSent)} sent, ${formatSize(bytesSaved)} already there`;
  printLine(io, `Pushed ${reference} in ${formatDuration(durationMs)} (${amount})`);
  printLine(io, `Digest: ${digest}`);
}
