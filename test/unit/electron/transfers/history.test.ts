import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransferHistory } from '../../../../electron/transfers/history.ts';
import { Journal } from '../../../../electron/transfers/journal/journal.ts';
import { parseDigest } from '../../../../shared/digest.ts';
import type { JobInfo, JobState } from '../../../../shared/transfer-events.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const DAY = 24 * 3600_000;

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('history');
});
afterEach(() => folder.remove());

const opened = (limits = { days: 90, entries: 100 }) => {
  const journal = new Journal(folder.path);
  const history = new TransferHistory(journal, () => limits);
  return Object.assign(history, { [Symbol.dispose]: () => journal[Symbol.dispose]() });
};

function job(id: string, state: JobState, finishedAt = Date.now(), more: Partial<JobInfo> = {}): JobInfo {
  const counts = { bytesTotal: 10, bytesSent: 7, bytesSaved: 3, rate: 0 };
  return {
    id,
    imageId: `image-${id}`,
    imageName: `web-${id}`,
    target: `r.example/${id}:1`,
    registry: 'r.example',
    state,
    createdAt: 1,
    finishedAt,
    ...counts,
    ...more,
  };
}

function request(id: string) {
  const image = { imageId: `image-${id}`, imageName: `web-${id}` };
  const options = { force: true };
  return { id, kind: 'push' as const, ...image, target: `r.example/${id}:1`, options, replaces: false, createdAt: 1 };
}

function end(history: TransferHistory, info: JobInfo): void {
  history.began(request(info.id));
  history.ended(info, 'ann');
}

describe('the history of transfers', () => {
  it('keeps what has ended over the end of the application, the newest first, and what was asked for', () => {
    {
      using history = opened();
      const now = Date.now();
      const told: string[] = [];
      history.subscribe(({ id }) => told.push(id));
      const error = { code: 'DENIED', message: 'No.' } as const;
      end(history, job('a', 'failed', now - 5, { error }));
      end(history, job('b', 'running'));
      end(history, job('c', 'cancelled', now));
      expect(told).toEqual(['a', 'c']);
    }
    using history = opened();
    expect(history.list()).toMatchObject([
      { id: 'c', state: 'cancelled', imageName: 'web-c', account: 'ann', bytesSent: 7 },
      { id: 'a', state: 'failed', error: { code: 'DENIED', message: 'No.' } },
    ]);
    expect(history.requestOf('a')).toEqual(request('a'));
    expect(history.requestOf('b')).toBeUndefined();
  });

  it('has one entry for a job that was tried again, with its last result', () => {
    using history = opened();
    end(history, job('a', 'failed', Date.now() - 5));
    const facts = { mediaType: 'm', unchanged: false, notes: [], warnings: [], durationMs: 4 };
    const result = { reference: 'r.example/a:1', digest: DIGEST, bytesSent: 9, bytesSaved: 1, ...facts };
    history.ended(job('a', 'done', Date.now(), { result }), 'ann');
    expect(history.list()).toMatchObject([{ id: 'a', state: 'done', digest: DIGEST, durationMs: 4, bytesSent: 9 }]);
  });

  it('finds entries by all of the words', () => {
    using history = opened();
    for (const id of ['api', 'web']) end(history, job(id, 'done'));
    expect(history.list({ search: 'R.EXAMPLE api' }).map(({ id }) => id)).toEqual(['api']);
    expect(history.list({ search: 'ann' }).length).toBe(2);
    expect(history.list({ search: 'api quay' })).toEqual([]);
    expect(history.list({ most: 1 }).length).toBe(1);
    expect(history.list({ state: 'failed', most: 1 })).toEqual([]);
  });

  it('forgets what is older or more than the settings say, and all when it is told to', () => {
    using history = opened({ days: 2, entries: 2 });
    end(history, job('old', 'done', Date.now() - 3 * DAY));
    for (const [index, id] of ['a', 'b', 'c'].entries()) end(history, job(id, 'done', Date.now() - 100 + index));
    expect(history.list().map(({ id }) => id)).toEqual(['c', 'b']);
    history.clear();
    expect(history.list()).toEqual([]);
    using none = opened({ days: 0, entries: 10 });
    end(none, job('a', 'done'));
    expect(none.list()).toEqual([]);
  });
});
