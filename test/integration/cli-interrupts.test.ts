import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLayout, type WrittenImage } from '../fixtures/layouts.ts';
import { startRegistry, type TestRegistry } from '../registry/server.ts';
import { type CliHome, type CliRun, makeCliHome, startOnTerminal, until } from './command-line.ts';

let home: CliHome;
let registry: TestRegistry;

beforeEach(async () => {
  [home, registry] = await Promise.all([makeCliHome(), startRegistry({ storage: 'memory' })]);
});

afterEach(async () => {
  await registry.close();
  await home.remove();
});

/** A push that has come to the middle of its upload, and continues slowly. */
async function slowPush(...args: string[]): Promise<{ run: CliRun; args: string[]; image: WrittenImage }> {
  const { path, image } = await makeLayout(join(home.path, 'layout'), { layers: 1, layerSize: 60_000_000 });
  registry.throttle.bytesPerSecond = 10_000_000;
  const all = ['push', path, `${registry.host}/a:1`, ...args];
  const run = home.start(all);
  await until('a second chunk', () => registry.requests.filter(({ method }) => method === 'PATCH').length > 1, run);
  return { run, args: all, image };
}

describe('Ctrl-C', () => {
  test('keeps what was sent, says so, and the same command continues from there', async () => {
    const { run, args, image } = await slowPush();
    run.child.kill('SIGINT');
    const { status, stderr } = await run.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/^Error: The push to .* was stopped\. What was sent is kept.*tag was not changed\.\n$/);
    expect(registry.uploads()).toHaveLength(1);
    expect(registry.tags('a').size).toBe(0);
    registry.throttle.bytesPerSecond = 0;
    const again = await home.cli(args);
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(again.stdout).toContain('resumed at');
    expect(registry.tags('a').get('1')).toBe(image.digest);
  });

  test('leaves no upload behind where nothing is to be kept', async () => {
    const { run } = await slowPush('--no-resume');
    run.child.kill('SIGINT');
    const { status, stderr } = await run.ended;
    expect(status).toBe(130);
    expect(stderr).not.toContain('continues from there');
    expect(registry.uploads()).toEqual([]);
  });

  test('twice ends at once, though the registry does not answer any more', async () => {
    const { run } = await slowPush();
    registry.throttle.bytesPerSecond = 1;
    run.child.kill('SIGINT');
    run.child.kill('SIGINT');
    // Signals of one kind may become one; each further one ends the process.
    const more = setInterval(() => run.child.kill('SIGINT'), 100);
    const { status } = await run.ended;
    clearInterval(more);
    expect(status).toBe(130);
  });
});

test('SIGTERM ends a push within 5 s, though the registry does not answer', async () => {
  const { run } = await slowPush();
  registry.faults.add({ times: Number.POSITIVE_INFINITY, action: { kind: 'stall' } });
  registry.throttle.bytesPerSecond = 1;
  const started = performance.now();
  run.child.kill('SIGTERM');
  const { status } = await run.ended;
  expect(status).toBe(130);
  expect(performance.now() - started).toBeLessThan(8_000);
});

describe('at a prompt', () => {
  test.each([
    ['Ctrl-C', 'login', '\u0003'],
    ['Ctrl-D', 'login', '\u0004'],
    ['Ctrl-C', 'push', '\u0003'],
    ['Ctrl-D', 'push', '\u0004'],
    ['Ctrl-C', 'push --creds ann', '\u0003'],
  ])('%s ends %s with status 130, and is no bug', async (_, command, key) => {
    await using closed = await startRegistry({ storage: 'memory', auth: { kind: 'basic', users: { ann: 'pw' } } });
    const { path } = await makeLayout(join(home.path, 'layout'));
    const [name, ...options] = command.split(' ');
    const args = name === 'login' ? ['login', closed.host] : ['push', path, `${closed.host}/a:1`, ...options];
    const run = startOnTerminal(home, args);
    const question = options.length > 0 ? 'Password for ann: ' : 'User name';
    await until(question, () => run.output().includes(question), run);
    run.child.stdin.write(key);
    const { status, stdout } = await run.ended;
    expect(status).toBe(130);
    expect(stdout).toContain('The question was not answered');
    expect(stdout).not.toMatch(/bug|Abort|undefined/);
  });
});
