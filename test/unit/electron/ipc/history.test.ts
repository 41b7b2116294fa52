import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { historyHandlers } from '../../../../electron/ipc/history.ts';
import type { Digest } from '../../../../shared/digest.ts';
import type { HistoryEntry } from '../../../../shared/history.ts';
import type { ReceiptFormat } from '../../../../shared/receipt.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';
import { digestOf, job } from '../../renderer/samples.ts';

let folder: TempDir;
beforeEach(async () => {
  folder = await makeTempDir('ipc-receipts');
});
afterEach(() => folder.remove());

const ENTRY: HistoryEntry = {
  id: 'old',
  kind: 'push',
  imageName: 'acme/old:1',
  target: 'ghcr.io/acme/old:1',
  state: 'done',
  bytesSent: 5,
  bytesSaved: 0,
  finishedAt: 0,
  account: 'ci',
};

/** The handlers over two jobs and one entry, and a person who takes the file that is proposed. */
function handlers(choose: (name: string, format: ReceiptFormat) => string | null) {
  const jobs = ['a', 'b'].map((id) => ({ job: job({ id, imageName: id, state: 'done' }), layers: [] }));
  const services = {
    transfers: { list: () => jobs },
    history: { list: () => [ENTRY] },
  } as unknown as Parameters<typeof historyHandlers>[0];
  return historyHandlers(services, { chooseReceiptFile: async (name, format) => choose(name, format) });
}

const inFolder = (name: string) => join(folder.path, name);

test('a receipt of transfers is written in the order in which they are shown, with the ending of its format', async () => {
  const save = handlers(inFolder)['receipts.save'];
  const path = await save({ of: 'transfers', ids: ['b', 'a'], format: 'csv' });
  expect(path).toMatch(/pushboat-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(path ?? '', 'utf8')).split('\r\n');
  expect(lines.map((line) => line.split(',')[0])).toEqual(['image', 'b', 'a', '']);
  expect(await save({ of: 'transfers', ids: ['a'], format: 'markdown' })).toMatch(/\.md$/);
});

test('a receipt of the history names the account', async () => {
  const path = await handlers(inFolder)['receipts.save']({ of: 'history', ids: ['old'], format: 'json' });
  expect(JSON.parse(await readFile(path ?? '', 'utf8'))).toMatchObject([{ image: 'acme/old:1', account: 'ci' }]);
});

test('a dialog that is cancelled writes nothing, and a place that cannot be written is said with its path', async () => {
  expect(await handlers(() => null)['receipts.save']({ of: 'transfers', ids: ['a'], format: 'csv' })).toBeNull();
  expect(await readdir(folder.path)).toEqual([]);
  const path = inFolder('missing/receipt.csv');
  await expect(
    handlers(() => path)['receipts.save']({ of: 'transfers', ids: ['a'], format: 'csv' }),
  ).rejects.toMatchObject({ code: 'DESTINATION_UNWRITABLE', facts: { path } });
});

test('a push is verified by the digest that was pushed, and what its tag points at now is told', async () => {
  const [pushed, other] = [digestOf(1), digestOf(2)];
  const asked: unknown[] = [];
  const verifyWith = (now: Digest | null) => {
    const services = {
      history: { list: () => [{ ...ENTRY, digest: pushed }] },
      verify: async (reference: unknown) => {
        asked.push(reference);
        return { reference: '', digest: pushed, manifests: 1, blobs: 3, size: 84 };
      },
      names: { tag: async () => now && { digest: now } },
    } as unknown as Parameters<typeof historyHandlers>[0];
    return historyHandlers(services, { chooseReceiptFile: async () => null })['history.verify']('old');
  };
  expect(await verifyWith(pushed)).toEqual({ manifests: 1, blobs: 3, size: 84, policy: undefined, tag: 'same' });
  expect(await verifyWith(other)).toMatchObject({ tag: 'moved' });
  expect(await verifyWith(null)).toMatchObject({ tag: 'gone' });
  expect(asked[0]).toMatchObject({ registry: 'ghcr.io', repository: 'acme/old', tag: '1', digest: pushed });
});
