import { expect, test } from 'vitest';
import { stateOf } from '../../../../renderer/features/registries/registry-state.tsx';
import type { ErrorCode } from '../../../../shared/error-codes.ts';
import type { ConnectionStep } from '../../../../shared/registry-access.ts';

const passed = (...names: ConnectionStep['step'][]): ConnectionStep[] =>
  names.map((step) => ({ step, state: 'passed' }));
const noted = (step: ConnectionStep['step'], note: ConnectionStep['note']): ConnectionStep => ({
  step,
  state: 'noted',
  note,
});
const failed = (step: ConnectionStep['step'], code: ErrorCode): ConnectionStep => ({
  step,
  state: 'failed',
  error: { code, message: 'no' },
});
const WAY = passed('address', 'connect', 'tls', 'api');

test.each<[string, ConnectionStep[]]>([
  ['ready', [...WAY, ...passed('login', 'push', 'catalog')]],
  ['ready', [...WAY, ...passed('login'), noted('push', 'neverPushed'), noted('catalog', 'noCatalog')]],
  ['ready', [...WAY, noted('login', 'noLogin'), ...passed('push')]],
  ['reachable', [...WAY, noted('login', 'noLogin'), noted('push', 'neverPushed')]],
  ['mayNotPush', [...WAY, ...passed('login'), noted('push', 'mayNotPush')]],
  ['refused', [...WAY, failed('login', 'UNAUTHORIZED'), { step: 'push', state: 'notReached' }]],
  ['untrusted', [...passed('address', 'connect'), failed('tls', 'TLS_UNTRUSTED')]],
  ['failed', [...passed('address', 'connect'), failed('tls', 'TLS_FAILED')]],
  ['failed', [...WAY, failed('login', 'REGISTRY_ERROR')]],
  ['unreachable', [failed('address', 'DNS_FAILED')]],
])('a registry is called %s by what its test found', (state, steps) => {
  expect(stateOf(steps)).toBe(state);
});
