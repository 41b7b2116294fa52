import { PushboatError } from '../../shared/errors.ts';
import type { VerifiedEntry } from '../../shared/history.ts';
import { historyRow, RECEIPT_ENDINGS, type ReceiptRow, receiptRow, receiptText } from '../../shared/receipt.ts';
import { parseReference } from '../../shared/reference.ts';
import { writing } from '../destinations/write-errors.ts';
import { writeText } from '../files/text-file.ts';
import type { Services } from '../services.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

type HistoryServices = Pick<Services, 'history' | 'transfers' | 'transferAgain' | 'verify' | 'names'>;

/** What has ended: the list of it, and its receipts as files. */
export function historyHandlers(
  services: HistoryServices,
  desktop: Pick<DesktopActions, 'chooseReceiptFile'>,
): HandlersOf<'history' | 'receipts'> {
  return {
    'history.list': (query) => services.history.list(query),
    'history.again': (id) => services.transferAgain(id),
    'history.verify': (id) => verifyEntry(services, id),
    'history.clear': () => services.history.clear(),
    'receipts.save': async ({ of, ids, format }) => {
      const rows = of === 'history' ? rowsOfHistory(services, ids) : rowsOfTransfers(services, ids);
      const path = await desktop.chooseReceiptFile(`pushboat-${today()}.${RECEIPT_ENDINGS[format]}`, format);
      if (path === null) return null;
      await writing(path, writeText(path, receiptText(rows, format)));
      return path;
    },
  };
}

/** By the digest that was pushed: what the tag points at now is told apart. @throws PushboatError as `verifyRemote` */
async function verifyEntry({ history, verify, names }: HistoryServices, id: string): Promise<VerifiedEntry> {
  const entry = history.list().find((each) => each.id === id);
  if (entry?.digest === undefined || entry.kind !== 'push')
    throw new PushboatError('INTERNAL', 'It is not known what this transfer has pushed.');
  const { manifests, blobs, size, policy } = await verify({ ...parseReference(entry.target), digest: entry.digest });
  const now = await names.tag(entry.target);
  // A registry that does not name the digest has given no reason to think that it is another one.
  const isSame = now?.digest === undefined || now.digest === entry.digest;
  return { manifests, blobs, size, policy, tag: now === null ? 'gone' : isSame ? 'same' : 'moved' };
}

/** In the order of the ids, as the page shows them. */
function rowsOfTransfers({ transfers }: HistoryServices, ids: readonly string[]): ReceiptRow[] {
  const jobs = new Map(transfers.list().map(({ job }) => [job.id, job]));
  return ids.map((id) => receiptRow(jobs.get(id) ?? gone()));
}

function rowsOfHistory({ history }: HistoryServices, ids: readonly string[]): ReceiptRow[] {
  const entries = new Map(history.list().map((entry) => [entry.id, entry]));
  return ids.map((id) => historyRow(entries.get(id) ?? gone()));
}

function gone(): never {
  throw new PushboatError('INTERNAL', 'A transfer of this receipt is not known any more.');
}

/** `2026-11-26`, of this computer's time zone. */
function today(): string {
  const now = new Date();
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
