import { shortDigest } from '../../../shared/digest.ts';
import {
  type BlobState,
  isActive,
  type JobInfo,
  type JobState,
  type LayerProgress,
  type RegistryOutage,
  type TransferResult,
} from '../../../shared/transfer-events.ts';
import { formatSize } from '../format.ts';
import { type CommandIo, printJson, printLine } from '../io.ts';
import { speechTo } from '../language/language.ts';
import { isDebugging } from '../session.ts';
import { padToWidth } from '../text-width.ts';
import { createTerminalBars } from './terminal-bars.ts';
import { outageWords, type PushOutput, printDone, printNotesAside, stateWords, toldNotes } from './words.ts';

export function createPushOutput(
  options: { json?: boolean; quiet?: boolean; debug?: boolean },
  io: CommandIo,
): PushOutput {
  if (options.json) return jsonOutput(io);
  if (options.quiet) return quietOutput(io);
  const { env } = io.environment;
  // A terminal of this name moves no cursor: that of Emacs, for one.
  const canRedraw = io.stdout.isTTY && env['TERM'] !== 'dumb';
  return canRedraw && !isDebugging(options, env) ? createTerminalBars(io) : plainOutput(io);
}

/** One object a line, for programs. */
function jsonOutput(io: CommandIo): PushOutput {
  /** By job, the state in which it rests, at its end or for a person: told once, because nothing changes until it runs again. */
  const resting = new Map<string, JobState>();
  /** By job, the next try of an outage: told once for each. */
  const tries = new Map<string, number>();
  const tell = (job: JobInfo): void => {
    if (job.outage && tries.get(job.id) !== job.outage.nextTryAt) {
      tries.set(job.id, job.outage.nextTryAt);
      printJson(io, outageObject(job.id, job.outage));
    }
    if (resting.get(job.id) === job.state) return;
    if (isActive(job.state)) resting.delete(job.id);
    else resting.set(job.id, job.state);
    printJson(io, jobObject(job));
  };
  return {
    update: (events) => {
      for (const event of events) {
        if (event.type === 'layers') for (const layer of event.layers) printJson(io, layerObject(event.jobId, layer));
        if (event.type === 'job') tell(event.job);
      }
    },
    end: (snapshots) => {
      for (const { job } of snapshots) if (job.result) printJson(io, doneObject(job, job.result));
    },
  };
}

/** Nothing but what differs from the image: what goes to standard output is read by programs. */
function quietOutput(io: CommandIo): PushOutput {
  return {
    update: () => undefined,
    end: (snapshots) => {
      for (const { job } of snapshots) printNotesAside(io, job.result?.notes ?? []);
    },
  };
}

/** Of an export: `destination` instead of `reference`. */
function doneObject({ destination }: JobInfo, { reference, notes, ...facts }: TransferResult): object {
  return {
    type: 'done',
    ...(destination ? { destination: reference } : { reference }),
    ...facts,
    notes: toldNotes(notes),
  };
}

function layerObject(job: string, { size, ...layer }: LayerProgress): object {
  const { digest, state, sent, ...rest } = layer;
  return { type: 'layer', digest, state, sent, total: size, job, ...rest };
}

function outageObject(job: string, { nextTryAt, since, ...facts }: RegistryOutage): object {
  return { type: 'outage', job, ...facts, since: isoTime(since), nextTryAt: isoTime(nextTryAt) };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function jobObject(job: JobInfo): object {
  return {
    type: 'job',
    id: job.id,
    state: job.state,
    image: job.imageName,
    target: job.target,
    bytesTotal: job.bytesTotal,
    bytesSent: job.bytesSent,
    bytesSaved: job.bytesSaved,
    rate: job.rate,
    etaSeconds: job.etaSeconds,
    login: job.login,
  };
}

/** One line for each thing that happened, for logs. */
function plainOutput(io: CommandIo): PushOutput {
  const said = new Map<string, string>();
  const started = new Set<string>();
  const done = new Set<string>();
  const sayDone = (job: JobInfo): void => {
    if (!job.result || done.has(job.id)) return;
    done.add(job.id);
    printDone(io, job);
  };
  /** By job, since when its registry has been away. */
  const away = new Map<string, number>();
  return {
    update: (events) => {
      // A batch may tell of layers before the job that they are of.
      for (const event of events) if (event.type === 'job') sayJob(io, started, event.job, away);
      for (const event of events) {
        if (event.type === 'layers') for (const layer of event.layers) sayLayer(io, said, event.jobId, layer);
      }
      for (const event of events) if (event.type === 'job') sayDone(event.job);
    },
    end: (snapshots) => {
      for (const { job } of snapshots) sayDone(job);
    },
  };
}

function sayJob(
  io: CommandIo,
  started: Set<string>,
  { id, destination, imageName, target, outage }: JobInfo,
  away: Map<string, number>,
): void {
  const speech = speechTo(io);
  const { say } = speech;
  if (outage && away.get(id) !== outage.since) printLine(io, outageWords(outage, speech));
  if (!outage && away.has(id)) printLine(io, say`The registry answers again.`);
  if (outage) away.set(id, outage.since);
  else away.delete(id);
  if (started.has(id)) return;
  started.add(id);
  printLine(io, destination ? say`Writing ${imageName} to ${target}` : say`Pushing ${imageName} to ${target}`);
}

/** States in which nothing has happened that a log should tell. */
const QUIET: readonly BlobState[] = ['waiting', 'checking', 'committing', 'not-sent'];

function sayLayer(io: CommandIo, said: Map<string, string>, jobId: string, layer: LayerProgress): void {
  if (QUIET.includes(layer.state)) return;
  const speech = speechTo(io);
  const words = stateWords(layer, speech);
  const key = `${jobId} ${layer.digest}`;
  if (said.get(key) === words) return;
  said.set(key, words);
  printLine(
    io,
    `${shortDigest(layer.digest)}  ${padToWidth(speech.said(layer.kind), 8)}  ${formatSize(layer.size).padStart(8)}  ${words}`,
  );
}
