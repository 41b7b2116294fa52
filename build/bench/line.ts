import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { LineTraffic } from './round-trips.ts';

const PROXY = fileURLToPath(new URL('./proxy-process.ts', import.meta.url));

const trafficSchema = z.object({ connections: z.number(), roundTrips: z.number() });

/** A long line: every way that leads over it takes as long. */
export interface SlowLine extends AsyncDisposable {
  /** A way to `host:port`; returns its own `host:port`. */
  to(target: string): Promise<string>;
  /** Whether it takes its time: what only prepares a measurement need not. */
  set(delay: 'near' | 'far'): Promise<void>;
  /** What was seen on all ways since the last call. */
  take(): Promise<LineTraffic>;
}

export interface LineOptions {
  roundTripMs: number;
  /** 0: no limit. */
  bytesPerSecond: number;
  /** A connection costs a round trip, too. */
  delaysConnections: boolean;
}

export function openLine({ roundTripMs, bytesPerSecond, delaysConnections }: LineOptions): SlowLine {
  const args = [PROXY, String(roundTripMs), String(bytesPerSecond), ...(delaysConnections ? ['slow-connections'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`);
    const { value } = await answers.next();
    if (typeof value !== 'string') throw new Error('the delaying proxy has ended');
    return value;
  };
  return {
    to: ask,
    set: async (delay) => {
      await ask(delay);
    },
    take: async () => trafficSchema.parse(JSON.parse(await ask('take'))),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
