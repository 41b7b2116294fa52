import type { ErrorCode } from '../../../shared/error-codes.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { shownText } from '../http/redact.ts';
import { lastingReason } from './lasting-refusal.ts';
import { statusText } from './status-error.ts';

const UPLOAD_UNKNOWN: readonly string[] = ['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID'];

/**
 * A registry of several nodes that do not share their uploads or their secret says any of these when a request meets another node than
 * the one that opened the upload (https://distribution.github.io/distribution/about/deploying/#load-balancing-considerations).
 */
export function isUploadGone({
  code,
  facts: { status = 0, registryErrors = [], detail = '' },
}: PushboatError): boolean {
  if (lastingReason(status, detail) !== undefined) return false;
  if (status === 404 || status === 410) return code !== 'REPOSITORY_UNKNOWN';
  return status >= 400 && status < 500 && registryErrors.some((entry) => UPLOAD_UNKNOWN.includes(entry.code));
}

/** The registry's answer as UPLOAD_GONE. */
export function uploadGone({ facts }: PushboatError): PushboatError {
  const { registry = '', status = 404, detail } = facts;
  const message = `The registry ${registry} no longer knows the upload (${statusText(status)})${said(detail)}.`;
  return retold('UPLOAD_GONE', message, facts);
}

/** The answer 416 to a part of a blob. */
export function otherPart({ facts }: PushboatError): PushboatError {
  const { registry = '', detail } = facts;
  const words = said(detail && shownText(detail));
  const message = `The registry ${registry} has a different part of the upload than expected${words}.`;
  return retold('REGISTRY_ERROR', message, facts);
}

/** A refusal without a reason of its own: of a path that is not there, or for good. */
export function withAdvice(refusal: PushboatError): PushboatError {
  const { code, message, facts, hint } = refusal;
  if (code !== 'REGISTRY_ERROR' || hint !== undefined) return refusal;
  return new PushboatError(code, message, { ...facts, hint: facts.status === 404 ? 'create-repository' : 'ask-owner' });
}

function said(detail: string | undefined): string {
  return detail === undefined ? '' : `: ${detail}`;
}

/** The same refusal under another name. It may pass with another try. */
function retold(code: ErrorCode, message: string, facts: PushboatError['facts']): PushboatError {
  return new PushboatError(code, message.replace(/\.+$/, '.'), { ...facts, hint: 'retry' });
}
