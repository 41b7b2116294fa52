import type { Command } from 'commander';
import { shortDigest } from '../../shared/digest.ts';
import type { HistoryEntry } from '../../shared/history.ts';
import { formatSize, formatTable } from './format.ts';
import { type CommandIo, printJson, printLine, printLines } from './io.ts';
import { speechTo } from './language/language.ts';
import { parseCount, withJson } from './shared-options.ts';

interface HistoryCommandOptions {
  limit?: number;
  clear?: boolean;
  json?: boolean;
}

/** `history [WORD…]`: pushes and exports that have ended, from the command line and from the window. */
export function describeHistory(history: Command, io: CommandIo): Command {
  return withJson(
    history
      .description('List the pushes and exports of the past, the newest first.')
      .argument('[word...]', 'only those that have these words: in image, target, digest, account, result or error')
      .option('--limit <number>', 'at most this many', parseCount)
      .option('--clear', 'forget all of them'),
  ).action((words: string[], options) => historyCommand(words, options, io));
}

async function historyCommand(
  words: readonly string[],
  { limit, clear, json = false }: HistoryCommandOptions,
  io: CommandIo,
): Promise<void> {
  const { openSession } = await import('./session.ts');
  await using services = await openSession({ json }, io);
  if (clear) return services.history.clear();
  const entries = services.history.list({ search: words.join(' '), most: limit });
  if (json) {
    for (const entry of entries) printJson(io, jsonEntry(entry));
    return;
  }
  const { say } = speechTo(io);
  if (entries.length === 0) return printLine(io, words.length > 0 ? say`Nothing with these words.` : say`Nothing yet.`);
  const header = [say`WHEN`, say`RESULT`, say`IMAGE`, say`TARGET`, say`DIGEST`, say`SENT`, say`ACCOUNT`];
  printLines(io, formatTable([header, ...entries.map((entry) => row(entry, io))]));
}

function jsonEntry({ finishedAt, ...entry }: HistoryEntry): object {
  return { type: 'history', finishedAt: new Date(finishedAt).toISOString(), ...entry };
}

function row(entry: HistoryEntry, io: CommandIo): string[] {
  const { finishedAt, imageName, target, digest, bytesSent, account = '' } = entry;
  const state = speechTo(io).said(entry.state);
  const result = entry.error === undefined ? state : `${state}: ${entry.error.code}`;
  return [
    localTime(finishedAt),
    result,
    imageName,
    target,
    digest ? shortDigest(digest) : '',
    formatSize(bytesSent),
    account,
  ];
}

/** `2026-11-26 09:41`, of this computer's time zone. */
function localTime(time: number): string {
  const date = new Date(time);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
