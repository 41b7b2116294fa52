import { describe, expect, it } from 'vitest';
import { parseDigest } from '../../../shared/digest.ts';
import { historyRow, type ReceiptRow, receiptFormatOf, receiptRow, receiptText } from '../../../shared/receipt.ts';
import type { JobInfo } from '../../../shared/transfer-events.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const done: ReceiptRow = {
  image: 'web',
  target: 'r.example/web:1',
  result: 'done',
  digest: DIGEST,
  bytesSent: 10,
  bytesSaved: 5,
  durationMs: 1500.4,
  finishedAt: '2026-11-26T00:00:00.000Z',
};
const failed: ReceiptRow = {
  image: '=cmd|x, "y"',
  target: 'r.example/api:1',
  result: 'failed',
  bytesSent: 0,
  bytesSaved: 0,
  error: 'It said\nno.',
};

describe('a receipt', () => {
  it('has a row for each job, as it has ended', () => {
    const job = { id: '1', imageId: 'i', imageName: 'web', target: 'r.example/web:1', bytesTotal: 9, bytesSent: 3 };
    const common: Omit<JobInfo, 'state'> = { ...job, bytesSaved: 0, rate: 0, createdAt: 0 };
    const error = { code: 'DENIED', message: 'No.' } as const;
    expect(receiptRow({ ...common, state: 'failed', startedAt: 1, error })).toMatchObject({
      result: 'failed',
      bytesSent: 3,
      error: 'No.',
    });
    expect(receiptRow({ ...common, state: 'paused' }).result).toBe('not started');
    expect(receiptRow({ ...common, state: 'cancelled', startedAt: 1 }).result).toBe('stopped');
  });

  it('is CSV that a spreadsheet takes for text', () => {
    const [header, first, ...rest] = receiptText([done, failed], 'csv').split('\r\n');
    expect(header).toBe('image,target,result,digest,bytes sent,bytes there,milliseconds,finished,error');
    expect(first).toBe(`web,r.example/web:1,done,${DIGEST},10,5,1500,2026-11-26T00:00:00.000Z,`);
    expect(rest.join('|')).toBe(`"'=cmd|x, ""y""",r.example/api:1,failed,,0,0,,,"It said\nno."|`);
  });

  it('of the history says whose login it was', () => {
    const entry = { id: 'a', kind: 'push', state: 'cancelled', imageName: 'web', target: 'r.example/web:1' } as const;
    const row = historyRow({ ...entry, bytesSent: 1, bytesSaved: 2, finishedAt: 0, account: 'ci' });
    expect(receiptText([row], 'csv').split('\r\n')).toEqual([
      'image,target,result,digest,bytes sent,bytes there,milliseconds,finished,error,account',
      'web,r.example/web:1,stopped,,1,2,,1970-01-01T00:00:00.000Z,,ci',
      '',
    ]);
  });

  it('is a Markdown table, or JSON', () => {
    const lines = receiptText([done, failed], 'markdown').split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[3]).toContain('| =cmd\\|x, "y" | r.example/api:1 | failed |');
    expect(JSON.parse(receiptText([done, failed], 'json'))).toEqual([done, failed]);
  });

  it('is written as the ending of its file says', () => {
    expect(['a.json', 'b.CSV', 'c.md', 'd.txt', 'e'].map(receiptFormatOf)).toEqual([
      'json',
      'csv',
      'markdown',
      undefined,
      undefined,
    ]);
  });
});
