import type { PushboatError } from '../../shared/errors.ts';
import type { LoginRequest } from '../../shared/push-events.ts';

/** What the person is told when a push waits for a login: the registry's own words, and the login that it refused (24). */
export function loginRequest(failure: PushboatError, registry: string): LoginRequest {
  const { registryErrors = [], detail, login } = failure.facts;
  const words = registryErrors.map(({ message }) => message).filter((text) => text !== '');
  return {
    registry,
    reason: words.join('; ') || (detail ?? ''),
    tried: login ?? null,
    denied: failure.code === 'DENIED',
  };
}
