import { describe, expect, it } from 'vitest';
import { describeError, errorObject, exitStatusOf, usageError } from '../../../../electron/cli/errors.ts';
import { ERROR_CODES } from '../../../../shared/error-codes.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { HINTS } from '../../../../shared/hints.ts';
import { parseReference } from '../../../../shared/reference.ts';

describe('describeError', () => {
  it('says what happened, why in the registry’s words, who was tried, and what to do next', () => {
    const error = new PushboatError('UNAUTHORIZED', 'The registry r.example did not accept the login of ann.', {
      registryErrors: [
        { code: 'UNAUTHORIZED', message: 'authentication required' },
        { code: 'DENIED', message: '' },
      ],
      login: { username: 'ann', origin: '/home/ann/.docker/config.json' },
      hint: 'use-another-login',
    });
    expect(describeError(error).split('\n')).toEqual([
      'Error: The registry r.example did not accept the login of ann.',
      '  The registry says: authentication required (UNAUTHORIZED)',
      '  The registry says: DENIED (DENIED)',
      '  Login tried: ann (from /home/ann/.docker/config.json)',
      `  ${HINTS['use-another-login']}`,
    ]);
  });

  it('tells the reason once, not again when the message has it', () => {
    const facts = { detail: 'connect ECONNREFUSED' };
    expect(describeError(new PushboatError('HOST_UNREACHABLE', 'It is gone.', facts))).toContain(
      '  Because: connect ECON',
    );
    const whole = new PushboatError('HOST_UNREACHABLE', 'It is gone: connect ECONNREFUSED.', facts);
    expect(describeError(whole)).toBe('Error: It is gone: connect ECONNREFUSED.');
  });

  it('shows where a reference is wrong', () => {
    let thrown: unknown;
    try {
      parseReference('registry.example/Team/app');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PushboatError);
    expect(describeError(thrown as PushboatError)).toMatch(/\n {2}Where: the repository, at character 18\n/);
  });

  it('lists what there is to choose from, at most 20', () => {
    const candidates = Array.from({ length: 30 }, (_, index) => `image-${index}`);
    const text = describeError(new PushboatError('IMAGE_NOT_FOUND', 'There is no image "x".', { candidates }));
    expect(text).toContain('  There are: image-0, image-1,');
    expect(text).toContain('image-19');
    expect(text).not.toContain('image-20');
  });

  it('lets no control character of a registry reach the terminal', () => {
    const registryErrors = [{ code: 'X', message: '\u001b]0;owned\u0007' }];
    expect(describeError(new PushboatError('DENIED', 'No.', { registryErrors }))).not.toMatch(/[\u001b\u0007]/);
  });
});

describe('errorObject', () => {
  it('has the type, the code, the facts and the hint as text and as key, on one line', () => {
    const cause = new PushboatError('CONNECTION_LOST', 'It broke.');
    const object = errorObject(new PushboatError('TIMEOUT', 'No answer.', { status: 408, hint: 'retry', cause }));
    expect(object).toEqual({
      type: 'error',
      code: 'TIMEOUT',
      message: 'No answer.',
      status: 408,
      hint: HINTS.retry,
      hintKey: 'retry',
      cause: { code: 'CONNECTION_LOST', message: 'It broke.' },
    });
    expect(JSON.stringify(object)).not.toContain('\n');
  });

  it('leaves the hint out where there is none', () => {
    expect(errorObject(new PushboatError('INTERNAL', 'Oh.'))).toEqual({
      type: 'error',
      code: 'INTERNAL',
      message: 'Oh.',
    });
  });
});

it('a usage error leads to --help', () => {
  expect(describeError(usageError('--creds needs USER:PASSWORD.'))).toBe(
    `Error: --creds needs USER:PASSWORD.\n  ${HINTS['run-help']}`,
  );
});

it('gives every failure the status that the help promises', () => {
  const byStatus = Map.groupBy(ERROR_CODES, exitStatusOf);
  expect(byStatus.get(2)).toEqual(['DESTINATION_INVALID', 'REF_INVALID', 'TARGET_DIGEST', 'TARGET_REQUIRED', 'USAGE']);
  expect(byStatus.get(3)).toEqual(['DENIED', 'UNAUTHORIZED']);
  expect(byStatus.get(130)).toEqual(['CANCELLED']);
  expect([...byStatus.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 130]);
});
