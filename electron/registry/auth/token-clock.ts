import { z } from 'zod';
import { PushboatError } from '../../../shared/errors.ts';
import { jsonOrUndefined } from '../../../shared/json.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { pause } from '../answers/retry.ts';
import { type ApiResponse, header } from '../http/response.ts';

/** Milliseconds of a difference between two clocks that are waited for. */
const MOST = 10_000;

const claims = lazySchema(() => z.object({ nbf: z.number() }));

/**
 * Waits until a token is valid that was refused because it is not yet: registries compare its `nbf` with their own clock, which may be a
 * little behind that of the server that gave it (https://github.com/moby/moby/issues/22158). Whoever refuses tells that clock.
 * @param server of its token: the address of who gave it, and its service.
 * @returns whether that was the reason.
 * @throws PushboatError REGISTRY_ERROR where the difference is not worth the wait, CANCELLED
 */
export async function waitUntilValid(
  { value, server }: { value: string; server: string },
  refusal: ApiResponse,
  registry: string,
  signals: readonly (AbortSignal | undefined)[],
): Promise<boolean> {
  const payload = Buffer.from(value.split('.')[1] ?? '', 'base64url').toString();
  const parsed = claims.safeParse(jsonOrUndefined(payload));
  const early = (parsed.data?.nbf ?? Number.NaN) * 1000 - Date.parse(header(refusal, 'date') ?? '');
  if (Number.isNaN(early) || early <= 0) return false;
  if (early > MOST) {
    const seconds = Math.round(early / 1000);
    const [realm = ''] = server.split('\n');
    const host = URL.parse(realm)?.host ?? realm;
    const message = `The clock of the registry ${registry} is ${seconds} s behind that of ${host}, which gives its tokens: none of them is valid yet.`;
    throw new PushboatError('REGISTRY_ERROR', message, { registry, hint: 'ask-owner' });
  }
  // Both are whole seconds.
  await pause(early + 1000, signals);
  return true;
}
