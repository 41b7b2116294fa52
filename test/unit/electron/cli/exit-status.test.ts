import { expect, it } from 'vitest';
import { exitStatusOf } from '../../../../electron/cli/exit-status.ts';
import { ERROR_CODES } from '../../../../shared/error-codes.ts';

it('gives every failure the status that the help promises', () => {
  const byStatus = Map.groupBy(ERROR_CODES, exitStatusOf);
  expect(byStatus.get(2)).toEqual(['DESTINATION_INVALID', 'REF_INVALID', 'TARGET_DIGEST', 'TARGET_REQUIRED', 'USAGE']);
  expect(byStatus.get(3)).toEqual(['DENIED', 'UNAUTHORIZED']);
  expect(byStatus.get(130)).toEqual(['CANCELLED']);
  expect([...byStatus.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 130]);
});
