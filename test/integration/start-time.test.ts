import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI, type CliHome, makeCliHome, processorTime } from './command-line.ts';

let home: CliHome;
beforeAll(async () => {
  home = await makeCliHome();
});
afterAll(() => home.remove());

/**
 * Most times the processor time of a Node that does nothing. They were 2.0 and 4.2 to 4.5 when this was written, where Node takes 19 ms; where it
 * takes longer, its own share is larger.
 */
const MOST_TIMES_NODE: [string[], number][] = [
  [['--version'], 3],
  [['resolve', 'alpine'], 5],
];

test('short commands start quickly', async () => {
  for (const [args, most] of MOST_TIMES_NODE) {
    const node: number[] = [];
    const command: number[] = [];
    // Both take turns, and the least of each counts: whatever else runs only adds to what they take.
    for (let at = 0; at < 9; at += 1) {
      node.push(processorTime(home, ['--eval', '0']));
      command.push(processorTime(home, [CLI, ...args]));
    }
    const ratio = Math.min(...command) / Math.min(...node);
    console.log(`pushboat ${args.join(' ')}: ${ratio.toFixed(1)} times the processor time of node`);
    expect(ratio).toBeLessThan(most);
  }
});

const LOADED = 'process.on("exit", () => console.error(process.moduleLoadList.join("\\n")))';

test('what connects to nobody loads no TLS: it parses a list of CAs', () => {
  for (const args of [['--version'], ['push', '--help'], ['completion', 'bash']]) {
    const hook = `data:text/javascript,${encodeURIComponent(LOADED)}`;
    const { env } = home;
    const { status, stderr } = spawnSync(process.execPath, ['--import', hook, CLI, ...args], { env, encoding: 'utf8' });
    expect(status).toBe(0);
    const loaded = stderr.split('\n');
    expect(loaded).toContain('NativeModule fs');
    expect(loaded).not.toContain('NativeModule tls');
  }
});
