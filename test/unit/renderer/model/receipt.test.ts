import { expect, test } from 'vitest';
import { receiptCsv, receiptMarkdown } from '../../../../renderer/model/receipt.ts';
import type { HistoryEntry } from '../../../../shared/history.ts';
import { digestOf } from '../samples.ts';

const ENTRY: HistoryEntry = {
  id: 'a',
  kind: 'push',
  imageName: 'acme/web:1.2',
  target: 'ghcr.io/acme/web:1.2',
  registry: 'ghcr.io',
  state: 'done',
  digest: digestOf(1),
  bytesSent: 1024,
  bytesSaved: 0,
  finishedAt: Date.UTC(2026, 10, 26, 8, 12),
  account: 'ci',
};

test('a receipt says when, what, where to, digest, bytes, account and result', () => {
  expect(receiptCsv([ENTRY])).toBe(
    'finished,image,target,digest,bytes sent,bytes saved,account,result\r\n' +
      `2026-11-26T08:12:00.000Z,acme/web:1.2,ghcr.io/acme/web:1.2,${digestOf(1)},1024,0,ci,done\r\n`,
  );
  expect(receiptMarkdown([ENTRY]).split('\n')[2]).toBe(
    `| 2026-11-26T08:12:00.000Z | acme/web:1.2 | ghcr.io/acme/web:1.2 | ${digestOf(1)} | 1024 | 0 | ci | done |`,
  );
});

test('words of a registry neither break a receipt nor become a formula', () => {
  const error = { code: 'DENIED', message: 'no, "never" | ever' } as const;
  const failed: HistoryEntry = { ...ENTRY, imageName: '=cmd()', state: 'failed', digest: undefined, error };
  expect(receiptCsv([failed])).toContain(`'=cmd(),ghcr.io/acme/web:1.2,,1024,0,ci,"failed: no, ""never"" | ever"`);
  expect(receiptMarkdown([failed])).toContain('failed: no, "never" \\| ever |');
});
