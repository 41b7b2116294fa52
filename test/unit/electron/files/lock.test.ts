import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, utimesSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { withLock } from '../../../../electron/files/lock.mjs';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

/** Milliseconds after which a lock counts as refused. */
const SOON = 200;

/** What the lock of this process says, so that tests can change a part of it. */
async function ownWords(path: string): Promise<{ place: string; pid: number; start: string }> {
  return withLock(path, async () => JSON.parse(await readFile(`${path}.lock`, 'utf8')) as never);
}

/** A process that has ended; nobody has its number until the numbers come round. */
async function endedProcess(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  if (child.pid === undefined) throw new Error('it was not started');
  return child.pid;
}

/** Takes the lock, however long that takes on a busy computer; an owner who cannot be asked for is watched for so many milliseconds. */
async function take(path: string, patience = 600_000): Promise<boolean> {
  return withLock(path, async () => true, { patience });
}

/** Whether the lock is still refused after a while. */
async function isRefused(path: string, patience = 600_000): Promise<boolean> {
  const taken = withLock(path, async () => false, { patience, longestWait: SOON });
  return taken.catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'ELOCKED' });
    return true;
  });
}

test('processes take turns, and one that is killed holds nobody up', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'number');
  await writeFile(path, '0');
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { withLock } from ${JSON.stringify(new URL('../../../../electron/files/lock.mjs', import.meta.url).href)};
    const path = ${JSON.stringify(path)};
    for (let turn = 0; turn < 20; turn++) {
      await withLock(path, async () => {
        const number = Number(readFileSync(path, 'utf8'));
        if (process.argv[1] === 'dies' && turn === 3) process.kill(process.pid, 'SIGKILL');
        await sleep(1);
        writeFileSync(path, String(number + 1));
      });
    }`;
  const run = async (how: string) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, how], { stdio: 'inherit' });
    return (await once(child, 'exit')) as [number | null, string | null];
  };
  const ended = await Promise.all([run('lives'), run('dies'), run('lives'), run('dies')]);
  expect(ended).toEqual([
    [0, null],
    [null, 'SIGKILL'],
    [0, null],
    [null, 'SIGKILL'],
  ]);
  expect(await readFile(path, 'utf8')).toBe(String(20 + 3 + 20 + 3));
  // The last one may have been killed.
  expect(await take(path)).toBe(true);
  expect(await readdir(dir.path)).toEqual(['number']);
});

test('a lock is not taken from a process that lives, however old the file is', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  await withLock(path, async () => {
    await utimes(`${path}.lock`, 0, 0);
    expect(await isRefused(path, 0)).toBe(true);
    expect(existsSync(`${path}.lock`)).toBe(true);
  });
});

test('the lock of a process that has ended is taken at once, whatever time it bears', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  const words = await ownWords(path);
  await writeFile(`${path}.lock`, JSON.stringify({ ...words, pid: await endedProcess() }));
  await utimes(`${path}.lock`, 4e9, 4e9);
  expect(await take(path)).toBe(true);
});

test('a process that got the number of one that has ended is not taken for it', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  const words = await ownWords(path);
  await writeFile(`${path}.lock`, JSON.stringify({ ...words, start: `${Number(words.start) - 1}` }));
  expect(await take(path)).toBe(true);
});

test('a process that has ended and was not yet waited for has no lock', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  const words = await ownWords(path);
  // The shell becomes `sleep`, which waits for nobody; then `cat` is let go.
  const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 60'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(chunk.toString());
    while ((await readFile(`/proc/${parent.pid}/comm`, 'utf8')) !== 'sleep\n') await sleep(5);
    parent.stdin.end();
    const stateOf = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1] ?? '';
    while (!(await stateOf()).startsWith('Z')) await sleep(5);
    const start = (await stateOf()).split(' ')[19];
    await writeFile(`${path}.lock`, JSON.stringify({ ...words, pid, start }));
    expect(await take(path)).toBe(true);
  } finally {
    parent.kill();
    await once(parent, 'exit');
  }
});

test.each([
  ['an empty file', (lock: string) => writeFile(lock, '')],
  ['a file of another program', (lock: string) => writeFile(lock, 'mine')],
  ['a process of another computer', (lock: string) => writeFile(lock, '{"place":"elsewhere","pid":1,"start":"1"}')],
  ['a link that leads nowhere', (lock: string) => symlink('nowhere', lock)],
  ['an empty folder', (lock: string) => mkdir(lock)],
])('%s is watched, and holds nobody up when it stays as it is', async (_, create) => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  await create(`${path}.lock`);
  expect(await isRefused(path)).toBe(true);
  expect(await take(path, 50)).toBe(true);
  expect(await readdir(dir.path)).toEqual([]);
});

test('a process of another computer keeps its lock as long as it touches it', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  const lock = `${path}.lock`;
  await writeFile(lock, '{"place":"elsewhere","pid":1,"start":"1"}');
  let beats = 0;
  // The time moves by one step with each look, and the owner with it, for a while.
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    if (beats < 40) utimesSync(lock, ++beats, beats);
    return (time += 10);
  });
  let time = 0;
  try {
    expect(await withLock(path, async () => beats, { patience: 50, longestWait: 60_000 })).toBe(40);
    expect(time).toBeGreaterThan(400);
  } finally {
    clock.mockRestore();
  }
});

test('a folder that holds something is not removed, and is said to be in the way', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  await mkdir(join(`${path}.lock`, 'something'), { recursive: true });
  await expect(withLock(path, async () => true, { patience: 0 })).rejects.toThrow(/folder that cannot be removed/);
  expect((await stat(join(`${path}.lock`, 'something'))).isDirectory()).toBe(true);
});

test('the lock of another one that is gone as well while it removes this one is removed, too', async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, 'file');
  const gone = JSON.stringify({ ...(await ownWords(path)), pid: await endedProcess() });
  for (const name of ['file.lock', 'file.lock.break', 'file.lock.break.break'])
    await writeFile(join(dir.path, name), gone);
  expect(await take(path)).toBe(true);
  expect(await readdir(dir.path)).toEqual([]);
});
