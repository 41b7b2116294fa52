import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../../electron/desktop/log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the log', () => {
  it('writes one line for each entry, readable by its owner only', async () => {
    const log = openLog(join(folder, 'logs'));
    log.write('info', 'first\nline', { path: '/x' });
    log.write('error', 'second');
    const text = await readFile(join(folder, 'logs/pushboat.log'), 'utf8');
    expect(text.trim().split('\n')).toHaveLength(2);
    expect(text).toMatch(/^\d{4}-\S+Z info first line \{"path":"\/x"\}\n/);
    expect((await stat(join(folder, 'logs/pushboat.log'))).mode & 0o077).toBe(0);
  });

  it('holds no secrets, even when a foreign message has some', async () => {
    const log = openLog(folder);
    log.write('error', 'Authorization: Basic dXNlcjpodW50ZXIy', {
      cause: 'password=hunter2 at https://me:hunter2@host/v2/?token=hunter2',
    });
    const text = await readFile(join(folder, 'pushboat.log'), 'utf8');
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('dXNlcjpodW50ZXIy');
  });

  it('never keeps more than three files', async () => {
    const log = openLog(folder);
    for (let full = 1; full <= 4; full++) {
      await writeFile(join(folder, 'pushboat.log'), 'x'.repeat(1024 * 1024));
      log.write('info', `after ${full}`);
    }
    expect((await readdir(folder)).sort()).toEqual(['pushboat.1.log', 'pushboat.2.log', 'pushboat.log']);
    expect(await readFile(join(folder, 'pushboat.log'), 'utf8')).toMatch(/^\S+ info after 4\n$/);
  });

  it('cuts lines that are too long', async () => {
    openLog(folder).write('error', 'x'.repeat(100_000));
    expect((await stat(join(folder, 'pushboat.log'))).size).toBeLessThan(10_000);
  });

  it('does not throw when its folder is gone', async () => {
    const log = openLog(join(folder, 'gone'));
    await rm(join(folder, 'gone'), { recursive: true });
    expect(() => log.write('info', 'nobody reads this')).not.toThrow();
  });
});
