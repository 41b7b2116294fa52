import { expect, it } from 'vitest';
import { isActive, isSettledJob, type JobState } from '../../../shared/transfer-events.ts';

const STATES: Record<JobState, 'active' | 'settled'> = {
  queued: 'active',
  planning: 'active',
  running: 'active',
  'needs-login': 'settled',
  'needs-trust': 'settled',
  paused: 'settled',
  interrupted: 'settled',
  done: 'settled',
  failed: 'settled',
  cancelled: 'settled',
};

it.each(Object.entries(STATES))('says of a job that is %s that it is %s, and not both', (state, expected) => {
  expect([isActive(state as JobState), isSettledJob(state as JobState)]).toEqual([
    expected === 'active',
    expected === 'settled',
  ]);
});
