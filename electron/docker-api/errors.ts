import { readFileSync, statSync } from 'node:fs';
import { PushboatError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { systemCode, systemReason } from '../files/system-errors.ts';
import { addressText, type EngineAddress } from './address.ts';
import type { EngineName } from './endpoints.ts';

/** Words of an engine's answer that a message repeats. */
const MAX_WORDS = 500;

/** OpenSSL's codes, as Node has them, for a certificate that nobody known has signed. */
const UNTRUSTED = /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/;

/** An engine that could not be asked, or stopped while it answered. */
export function engineUnreachable(name: EngineName, address: EngineAddress, error: unknown): PushboatError {
  if (error instanceof PushboatError) return error;
  const where = addressText(address);
  const code = systemCode(error);
  if (address.kind === 'socket') {
    if (code === 'ENOENT' || code === 'ENOTDIR') return socketGone(name, where);
    if (code === 'EACCES' || code === 'EPERM') return socketForbidden(name, where, error);
  }
  const isUntrusted = address.kind === 'tcp' && address.tls !== undefined && UNTRUSTED.test(code ?? '');
  const why = isUntrusted
    ? `${systemReason(error)}; the ca.pem of its authority belongs in the folder that DOCKER_CERT_PATH names`
    : systemReason(error);
  return new PushboatError('ENGINE_FAILED', `${name} at ${where} does not answer: ${why}.`, {
    path: where,
    detail: why,
    hint: 'start-engine',
    cause: error,
  });
}

/** An engine that stopped in the middle of an export. */
export function engineStopped(
  name: EngineName,
  address: EngineAddress,
  arrived: number,
  error: unknown,
): PushboatError {
  const where = addressText(address);
  const why = `${systemReason(error)}, after ${arrived} bytes`;
  return new PushboatError('ENGINE_FAILED', `${name} at ${where} stopped in the middle of an image: ${why}.`, {
    path: where,
    detail: why,
    position: arrived,
    hint: 'start-engine',
    cause: error,
  });
}

/** An engine's refusal, in its own words. */
export function engineRefused(name: EngineName, status: number, body: string, what: string): PushboatError {
  const detail = wordsOf(body) || `HTTP status ${status}`;
  return new PushboatError('ENGINE_FAILED', `${name} refused to ${what}: ${detail}`, { status, detail, hint: 'retry' });
}

export function engineProtocol(name: EngineName, why: string): PushboatError {
  return new PushboatError('ENGINE_FAILED', `${name} does not answer as the Engine API says: ${why}.`, {
    detail: why,
    hint: 'start-engine',
  });
}

/** No cause: a source that is simply not there is not shown. */
function socketGone(name: EngineName, path: string): PushboatError {
  const detail = 'the socket does not exist';
  return new PushboatError('SOURCE_UNREADABLE', `${name} is not running: ${path}: ${detail}.`, {
    path,
    detail,
    hint: 'start-engine',
  });
}

function socketForbidden(name: EngineName, path: string, cause: unknown): PushboatError {
  const group = groupOf(path);
  const detail =
    group === undefined || group === 'root'
      ? `only root may use ${path}`
      : `only root and members of the group ${group} may use ${path}`;
  return new PushboatError('SOURCE_UNREADABLE', `${name} may not be asked: ${detail}.`, {
    path,
    detail,
    hint: 'join-engine-group',
    cause,
  });
}

/** Name of the group that owns a file. */
function groupOf(path: string): string | undefined {
  try {
    const { gid } = statSync(path);
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(gid));
    return line?.split(':')[0] ?? String(gid);
  } catch {
    return undefined;
  }
}

/** Docker answers `{"message": …}`, Podman `{"cause", "message"}`. */
function wordsOf(body: string): string {
  const value = jsonOrUndefined(body);
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string')
    return value.message.slice(0, MAX_WORDS);
  // Of what is no such answer the first line says more than nothing.
  return (body.split('\n', 1)[0] ?? '').slice(0, MAX_WORDS);
}
