import { z } from 'zod';
import { ERROR_CODES } from './error-codes.ts';
import { lazySchema } from './lazy-schema.ts';
import { digestSchema } from './schemas.ts';

/** One push or export that has ended, as it is remembered. Holds no secret. */
export const historyEntrySchema = lazySchema(() =>
  z.object({
    /** Of the job; one that was tried again is one entry, with its last result. */
    id: z.string(),
    kind: z.enum(['push', 'export']),
    imageName: z.string(),
    /** Canonical reference; of an export the destination as a person writes it. */
    target: z.string(),
    /** Of a push. */
    registry: z.string().optional(),
    state: z.enum(['done', 'failed', 'cancelled']),
    digest: digestSchema.optional(),
    /** Over the network; of an export: read to be written. */
    bytesSent: z.number().nonnegative(),
    /** Bytes that were already there or were mounted. */
    bytesSaved: z.number().nonnegative(),
    /** In which it was at work; known of what is done. Milliseconds. */
    durationMs: z.number().nonnegative().optional(),
    /** Epoch milliseconds. */
    finishedAt: z.number(),
    /** User name of the login that was used. */
    account: z.string().optional(),
    /** What became of the target's tag. */
    tag: z
      .discriminatedUnion('state', [
        z.object({ state: z.enum(['new', 'same', 'kept']) }),
        z.object({ state: z.literal('moved'), from: digestSchema }),
      ])
      .optional(),
    /** Why it failed. */
    error: z.object({ code: z.enum(ERROR_CODES), message: z.string() }).optional(),
  }),
);
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** What a registry has of a push that is whole there. */
export interface VerifiedEntry {
  manifests: number;
  blobs: number;
  /** Bytes of all blobs. */
  size: number;
  /** The file of the policy that its signatures fulfil; absent where there is none. */
  policy?: string | undefined;
  /** `moved`: the tag is another image's by now; `gone`: there is no such tag any more. */
  tag: 'same' | 'moved' | 'gone';
}

/** Whether an entry has all the words, wherever, in any letter case. */
export function matchesSearch(entry: HistoryEntry, search: string): boolean {
  const { imageName, target, digest: found = '', account = '', state, error } = entry;
  const text = [imageName, target, found, account, state, error?.message ?? ''].join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
