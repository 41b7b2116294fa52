import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/errors.ts';

export interface BenchOptions {
  /** Measurements of each pusher for each workload. */
  rounds: number;
  /** Names of workloads; all when absent. */
  only: string[] | undefined;
  /** Small data and one round: whether it works, not how fast it is. */
  quick: boolean;
  /** File for the results as JSON. */
  json: string | undefined;
}

const USAGE = 'Usage: npm run bench [-- --rounds N --only NAME,NAME --quick --json FILE]';

/** What `--help` prints. */
export function usage(workloads: readonly string[]): string {
  return [
    USAGE,
    `  --rounds N        measurements of each pusher for each workload (default: ${LEAST_ROUNDS})`,
    `  --only NAME,NAME  of these workloads: ${workloads.join(', ')}`,
    '  --quick           small data and one round: whether it works, not how fast it is',
    '  --json FILE       write the results to this file, too',
  ].join('\n');
}

/** Fewer than five measurements make no median. */
const LEAST_ROUNDS = 5;

/** @throws Error that says the usage. */
export function parseOptions(args: string[], workloads: readonly string[]): BenchOptions {
  const { rounds, only, quick = false, json } = valuesOf(args);
  const names = only?.split(',').filter((name) => name !== '');
  const unknown = names?.find((name) => !workloads.includes(name));
  if (unknown !== undefined) throw new Error(`There is no workload ${unknown}. There are: ${workloads.join(', ')}.`);
  const count = rounds === undefined ? (quick ? 1 : LEAST_ROUNDS) : Number(rounds);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`--rounds needs a number from 1. ${USAGE}`);
  return { rounds: count, only: names, quick, json };
}

function valuesOf(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        rounds: { type: 'string' },
        only: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'string' },
      },
    }).values;
  } catch (thrown) {
    throw new Error(`${messageOf(thrown)}\n${USAGE}`, { cause: thrown });
  }
}
