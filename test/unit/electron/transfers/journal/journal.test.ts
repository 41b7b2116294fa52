import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Journal } from '../../../../../electron/transfers/journal/journal.ts';
import { parseDigest } from '../../../../../shared/digest.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

const A = parseDigest(`sha256:${'a'.repeat(64)}`);
const B = parseDigest(`sha256:${'b'.repeat(64)}`);

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir();
});
afterEach(() => folder.remove());

it('knows what a layer became, in each way of compressing it', () => {
  {
    using journal = new Journal(folder.path);
    journal.saveCompressed(A, 'gzip-6', { digest: B, size: 12 });
  }
  using journal = new Journal(folder.path);
  expect(journal.compressedOf(A, 'gzip-6')).toEqual({ digest: B, size: 12 });
  expect(journal.compressedOf(A, 'gzip-9')).toBeUndefined();
  expect(journal.compressedOf(B, 'gzip-6')).toBeUndefined();
});

it('continues with a journal of the first version, and keeps what is in it', async () => {
  {
    using journal = new Journal(folder.path);
    journal.addLocations('host', 'acme/web', [A]);
  }
  const file = new DatabaseSync(join(folder.path, 'journal.db'));
  file.exec(
    'DROP TABLE history; DROP TABLE compressed; ALTER TABLE job DROP COLUMN kind; ALTER TABLE job DROP COLUMN memory; ALTER TABLE job DROP COLUMN replaces; ALTER TABLE job DROP COLUMN group_id; PRAGMA user_version = 1;',
  );
  file.exec("INSERT INTO job VALUES ('old', 'image', 'web', 'host/acme/web:1', '{}', 7)");
  file.close();
  const problems: string[] = [];
  using journal = new Journal(folder.path, ({ message }) => problems.push(message));
  expect(journal.repositoriesOf('host', A)).toEqual(['acme/web']);
  expect(journal.jobs()).toMatchObject([{ id: 'old', kind: 'push', target: 'host/acme/web:1' }]);
  journal.saveCompressed(A, 'gzip-6', { digest: B, size: 12 });
  expect(journal.compressedOf(A, 'gzip-6')).toEqual({ digest: B, size: 12 });
  expect(problems).toEqual([]);
  expect((await readdir(folder.path)).filter((name) => name.includes('damaged'))).toEqual([]);
});

it('leaves a journal of a later version to those who made it, and continues without', async () => {
  {
    using journal = new Journal(folder.path);
    journal.saveCompressed(A, 'gzip-6', { digest: B, size: 12 });
  }
  const file = new DatabaseSync(join(folder.path, 'journal.db'));
  file.exec('PRAGMA user_version = 99;');
  file.close();
  const problems: string[] = [];
  using journal = new Journal(folder.path, ({ message }) => problems.push(message));
  expect(problems).toEqual([expect.stringContaining('a later Pushboat has made it (version 99')]);
  expect(journal.compressedOf(A, 'gzip-6')).toBeUndefined();
  expect((await readdir(folder.path)).filter((name) => name.includes('damaged'))).toEqual([]);
});

it('remembers the token server that a registry named for a day', async () => {
  const server = { realm: 'https://auth.example/token', service: 'registry.example' };
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    using journal = new Journal(folder.path);
    journal.traits.saveTokenServer('registry.example', server);
    expect(journal.traits.tokenServer('registry.example')).toEqual(server);
    expect(journal.traits.tokenServer('other.example')).toBeUndefined();
    vi.setSystemTime(Date.now() + 25 * 3600_000);
    expect(journal.traits.tokenServer('registry.example')).toBeUndefined();
    journal.traits.saveTokenServer('registry.example', server);
    journal.traits.removeTokenServer('registry.example');
    expect(journal.traits.tokenServer('registry.example')).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

it('remembers for a week how fast a registry was reached', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    using journal = new Journal(folder.path);
    journal.traits.savePace('registry.example', 12_000_000);
    expect(journal.traits.pace('registry.example')).toBe(12_000_000);
    expect(journal.traits.pace('other.example')).toBeUndefined();
    vi.setSystemTime(Date.now() + 7 * 24 * 3600_000);
    expect(journal.traits.pace('registry.example')).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});
