import type { ErrorData } from './errors.ts';

/** Steps of a test, in the order in which a push needs them. */
export const CONNECTION_STEPS = ['address', 'proxy', 'connect', 'tls', 'api', 'login', 'push', 'catalog'] as const;

/** What a step found. `noted` is no failure, but worth knowing; what is not reached stands behind a failure. */
export interface ConnectionStep {
  step: (typeof CONNECTION_STEPS)[number];
  state: 'passed' | 'noted' | 'failed' | 'notReached';
  /** What was found, in the other side's words: an address, an issuer, an account. */
  found?: string | undefined;
  /** Why it is noted: a key of the window's texts. */
  note?: 'byProxy' | 'plainHttp' | 'unverified' | 'noLogin' | 'neverPushed' | 'mayNotPush' | 'noCatalog' | undefined;
  /** Milliseconds that it took. */
  ms?: number | undefined;
  error?: ErrorData | undefined;
}
