import type { Machine } from './machine.ts';
import type { MemoryResult, PusherResult, TimedResult, WorkloadResult } from './results.ts';
import type { Missing, Pusher } from './types.ts';

/** Everything that a run found: what `--json` writes. */
export interface BenchReport {
  machine: Machine;
  rounds: number;
  /** Small data: the figures say nothing. */
  quick: boolean;
  pushers: { name: string; version: string }[];
  missing: Missing[];
  /** Whether certificates were verified in any of the workloads. */
  tlsVerified: boolean;
  workloads: WorkloadResult[];
}

export function headLines(machine: Machine, pushers: readonly Pusher[], missing: readonly Missing[]): string[] {
  return [
    `${machine.date.slice(0, 10)}, ${machine.processors} × ${machine.processor}, ${Math.round(machine.memory / 2 ** 30)} GiB, ${machine.system}`,
    `Node ${machine.node}, registry: ${machine.registry}, new and empty for each push; certificates are verified in felt-* only`,
    `Compared: ${pushers.map(({ name, version }) => `${name} (${version})`).join(', ')}`,
    ...missing.map(({ name, how }) => `Not here: ${name}. ${how}`),
  ];
}

export function resultLines(result: WorkloadResult): string[] {
  return ['', `${result.name}: ${result.work}`, ...(result.kind === 'time' ? tableOf(result) : memoryLines(result))];
}

const COLUMNS = ['', 'median', 'min – max', 'CPU', 'requests', 'layers sent'];
const LINE_COLUMNS = ['connections', 'round trips'];

function tableOf(result: TimedResult): string[] {
  const hasLine = result.results.some(({ roundTrips }) => roundTrips !== undefined);
  const columns = [...COLUMNS, ...(hasLine ? LINE_COLUMNS : [])];
  const rows = result.results.map((one) =>
    one.wall ? rowOf(one).slice(0, columns.length) : [one.pusher, `takes no part: ${one.error ?? ''}`],
  );
  const widths = columns.map((title, column) =>
    Math.max(
      title.length,
      ...rows.filter((row) => row.length === columns.length).map((row) => row[column]?.length ?? 0),
    ),
  );
  const [first = 0] = widths;
  const line = (row: string[]) =>
    row.length === columns.length
      ? row
          .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
          .join('  ')
      : `${row[0]?.padEnd(first)}  ${row[1]}`;
  const cpu =
    result.cpuRatio === undefined ? [] : [`(CPU time: ours / ${result.fastestPeer} ${result.cpuRatio.toFixed(2)})`];
  const least = result.leastRoundTrips === undefined ? [] : [`(round trips at least: ${result.leastRoundTrips})`];
  return [...[columns, ...rows].map(line), ...verdictLines(result), ...cpu, ...least].map((text) => `  ${text}`);
}

function rowOf({ pusher, wall, cpu, requests, uploadedLayers, connections, roundTrips }: PusherResult): string[] {
  return [
    pusher,
    seconds(wall?.median),
    `${seconds(wall?.min)} – ${seconds(wall?.max)}`,
    cpu ? seconds(cpu.median) : '',
    String(requests),
    String(uploadedLayers),
    String(connections),
    String(roundTrips),
  ];
}

function memoryLines(result: MemoryResult): string[] {
  const { sample, error } = result;
  const lines = sample ? [`took ${seconds(sample.seconds)}`] : [`failed: ${error ?? ''}`];
  return [...lines, ...verdictLines(result)].map((text) => `  ${text}`);
}

function verdictLines({ verdicts, met }: WorkloadResult): string[] {
  const lines = verdicts.map((verdict) => `${verdict.text}: ${verdict.met ? 'met' : 'MISSED'}`);
  return met === undefined ? [...lines, 'nothing to compare with'] : lines;
}

export function summaryLine(results: readonly WorkloadResult[]): string {
  const met = results.filter((result) => result.met).length;
  const missed = results.filter((result) => result.met === false).map(({ name }) => name);
  return `${met} of ${results.length} goals met${missed.length > 0 ? `; missed: ${missed.join(', ')}` : ''}`;
}

function seconds(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(value < 10 ? 3 : 2)} s`;
}
