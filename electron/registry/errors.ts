/** The errors of the registry client that others may need by name. */
export { TokenExpiredError } from './auth.ts';
export { networkError } from './network-error.ts';
export { isRetryable, retryAfterOf, retryDelay } from './retry.ts';
export { answerDetail, registryErrors, statusError } from './status-error.ts';
