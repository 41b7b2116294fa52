import { expect } from 'vitest';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { JobSnapshot } from '../../../shared/transfer-events.ts';
import { digestOf } from '../../registry/blob-store.ts';
import type { Rig } from './rig.ts';

/** The push ended well: tag, bytes, nothing left open. */
export async function expectDone({ registry, image }: Rig, { job }: JobSnapshot): Promise<void> {
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'done', result: { digest: image.digest } });
  expect(registry.tags('acme/web').get('1')).toBe(image.digest);
  for (const digest of registry.blobs()) expect(digestOf(await registry.readBlob(digest))).toBe(digest);
  expect(registry.uploads()).toEqual([]);
}

/** The push failed with this code and words; cancelled afterwards, it leaves nothing behind. */
export async function expectFailed(rig: Rig, snapshot: JobSnapshot, code: ErrorCode, words?: RegExp): Promise<void> {
  await expectRefused(rig, snapshot, code, words);
  rig.registry.faults.clear();
  await rig.pusher.service.cancel(snapshot.job.id);
  expect(rig.registry.uploads()).toEqual([]);
}

/** As `expectFailed`, where the pusher cannot know the upload that it would have to close. */
export async function expectRefused(
  { registry, image }: Rig,
  { job }: JobSnapshot,
  code: ErrorCode,
  words: RegExp = /./,
): Promise<void> {
  expect(job.error).toMatchObject({ code, message: expect.stringMatching(words) });
  expect(job.state).toBe('failed');
  expect(registry.tags('acme/web').get('1')).not.toBe(image.digest);
  for (const digest of registry.blobs()) expect(digestOf(await registry.readBlob(digest))).toBe(digest);
}
