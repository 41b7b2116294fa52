import { describe, expect, it } from 'vitest';
import { loginRequest } from '../../../../electron/transfers/job-info.ts';
import { PushboatError } from '../../../../shared/errors.ts';

describe('what a person is told when a push waits for a login', () => {
  it('is the registry’s own words', () => {
    const registryErrors = [{ code: 'UNAUTHORIZED', message: 'token lacks write:packages' }];
    const failure = new PushboatError('UNAUTHORIZED', 'refused', { registryErrors, detail: 'UNAUTHORIZED: token' });
    expect(loginRequest(failure, 'ghcr.io').reason).toBe('token lacks write:packages');
  });

  it('is nothing when the registry said nothing: our own sentence is no quotation', () => {
    const failure = new PushboatError('UNAUTHORIZED', 'The registry ghcr.io asks for a login.');
    expect(loginRequest(failure, 'ghcr.io').reason).toBe('');
  });
});
