import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Journal } from '../../../../../electron/transfers/journal/journal.ts';
import { UploadSessions } from '../../../../../electron/transfers/push/upload-sessions.ts';
import type { Digest } from '../../../../../shared/digest.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;
const SMALL_BLOB = { digest: DIGEST, size: 100 };
const SESSION = { repository: 'acme/web', location: 'http://127.0.0.1/v2/acme/web/blobs/uploads/1', offset: 0 };

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('sessions');
  vi.useFakeTimers();
});
afterEach(async () => {
  vi.useRealTimers();
  await folder.remove();
});

it('a small upload that was written down, went on and has ended is not found at the next start', () => {
  using journal = new Journal(folder.path);
  const sessions = new UploadSessions(journal, '127.0.0.1', SESSION.repository);
  sessions.save(SMALL_BLOB, SESSION);
  vi.runAllTimers();
  expect(journal.findUpload('127.0.0.1', SESSION.repository, DIGEST)).toBeDefined();
  sessions.save(SMALL_BLOB, { ...SESSION, offset: 50 });
  sessions.delete(SMALL_BLOB);
  vi.runAllTimers();
  expect(journal.findUpload('127.0.0.1', SESSION.repository, DIGEST)).toBeUndefined();
});
