import { describe, expect, it, vi } from 'vitest';
import { ERROR_CODES } from '../../../shared/error-codes.ts';
import { errorDataSchema } from '../../../shared/error-data.ts';
import { abortError, messageOf, PushboatError, throwIfCancelled, toPushboatError } from '../../../shared/errors.ts';

describe('PushboatError', () => {
  it('crosses a boundary whole, causes included', () => {
    const cause = new PushboatError('CONNECTION_LOST', 'The connection broke.', { detail: 'ECONNRESET' });
    const error = new PushboatError('DENIED', 'Not allowed.', {
      registry: 'ghcr.io',
      status: 403,
      registryErrors: [{ code: 'DENIED', message: 'no push' }],
      login: { username: 'ci', origin: 'this session' },
      hint: 'check-account-rights',
      cause,
    });
    const data = errorDataSchema.parse(JSON.parse(JSON.stringify(error.toData())));
    expect(PushboatError.fromData(data).toData()).toEqual(error.toData());
    expect(data.cause).toMatchObject({ code: 'CONNECTION_LOST', detail: 'ECONNRESET' });
  });

  it('ends at five causes, so that a cycle does', () => {
    const first = new Error('first');
    const error = new PushboatError('INTERNAL', 'outer', {
      cause: new PushboatError('INTERNAL', 'inner', { cause: first }),
    });
    expect(error.toData().cause?.cause).toEqual({ code: 'INTERNAL', message: 'first' });
    const cyclic = new PushboatError('INTERNAL', 'cyclic');
    Object.defineProperty(cyclic, 'cause', { value: cyclic });
    expect(() => JSON.stringify(cyclic.toData())).not.toThrow();
  });

  it('wraps what is not ours as INTERNAL and keeps the original', () => {
    const original = new TypeError('boom');
    const wrapped = toPushboatError(original);
    expect(wrapped.code).toBe('INTERNAL');
    expect(wrapped.cause).toBe(original);
    expect(toPushboatError(wrapped)).toBe(wrapped);
  });

  it('tells what failed first when tidying up after it failed, too', () => {
    const first = new PushboatError('BLOB_CORRUPT', 'the layer is corrupt');
    const second = new Error('the folder is not empty');
    expect(toPushboatError(new SuppressedError(second, first))).toBe(first);
  });

  it('is found by the name of the error, too, as on Node.js 22', () => {
    vi.stubGlobal('SuppressedError', undefined);
    const first = new PushboatError('SOURCE_UNREADABLE', 'The image cannot be read.');
    const second = Object.assign(new Error('closing'), { name: 'SuppressedError', suppressed: first });
    expect(toPushboatError(second)).toBe(first);
    expect(toPushboatError(new Error('boom')).code).toBe('INTERNAL');
    vi.unstubAllGlobals();
  });
});

it('keeps codes in alphabetical order, each once', () => {
  expect([...ERROR_CODES].sort()).toEqual([...new Set(ERROR_CODES)]);
});

it('has words for whatever was thrown', () => {
  expect([new Error('no room'), 'text', undefined].map(messageOf)).toEqual(['no room', 'text', 'undefined']);
});

it('says what was cancelled and why, and nothing while the signal is still', () => {
  const reason = new Error('no need any more');
  expect(() => throwIfCancelled(new AbortController().signal)).not.toThrow();
  expect(() => throwIfCancelled(AbortSignal.abort(reason), 'Reading')).toThrow(
    expect.objectContaining({ code: 'CANCELLED', message: 'Reading was cancelled.', cause: reason }),
  );
});

it('fails an aborted request with the reason of whoever aborted it', () => {
  const lost = new PushboatError('CONNECTION_LOST', 'The connection broke.');
  expect(abortError(lost)).toBe(lost);
  expect(abortError(new Error('aborted'))).toMatchObject({ code: 'CANCELLED' });
});
