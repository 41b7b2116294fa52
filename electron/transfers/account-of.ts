import { PushboatError } from '../../shared/errors.ts';
import type { Job } from './job.ts';
import type { TransferServiceOptions } from './types.ts';

/** The user name that a job has signed in with; undefined where it needed none, and for exports. */
export function accountOf(
  { work: { target } }: Job,
  { clientFor }: Pick<TransferServiceOptions, 'clientFor'>,
): string | undefined {
  if (target.kind === 'destination') return undefined;
  const { registry, repository } = target.reference;
  try {
    return clientFor(registry, repository).loginUsed(repository)?.username;
  } catch (error) {
    // The push has failed for that: nobody has signed in to a registry that has no client.
    if (error instanceof PushboatError) return undefined;
    throw error;
  }
}
