import { readFileSync, statSync } from 'node:fs';
import { messageOf, PushboatError } from '../../shared/errors.ts';
import type { HintKey } from '../../shared/hints.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { systemCode, systemReason } from '../files/system-errors.ts';
import { addressText, type EngineAddress } from './address.ts';
import type { EngineName } from './endpoints.ts';

/** Words of an engine's answer that a message repeats. */
const MAX_WORDS = 500;

/** OpenSSL's codes, as Node has them, for a certificate that nobody known has signed. */
const UNTRUSTED = /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/;
const WANTS_CERTIFICATE = /CERTIFICATE_REQUIRED|certificate required|BAD_CERTIFICATE|bad certificate/;

/** An engine that could not be asked, or stopped while it answered. */
export function engineUnreachable(name: EngineName, address: EngineAddress, error: unknown): PushboatError {
  if (error instanceof PushboatError) return error;
  const where = addressText(address);
  const code = systemCode(error);
  if (address.kind === 'socket') {
    if (code === 'ENOENT' || code === 'ENOTDIR') return socketGone(name, where);
    if (code === 'EACCES' || code === 'EPERM') return socketForbidden(name, where, error);
  }
  const why = address.kind === 'tcp' && address.tls ? tlsReason(error) : systemReason(error);
  return new PushboatError('ENGINE_FAILED', `${name} at ${where} does not answer: ${why}.`, {
    path: where,
    detail: why,
    hint: 'start-engine',
    cause: error,
  });
}

/** Node's errors of TLS in a person's words, with what belongs where. */
function tlsReason(error: unknown): string {
  const code = systemCode(error) ?? '';
  const words = messageOf(error);
  if (WANTS_CERTIFICATE.test(code) || WANTS_CERTIFICATE.test(words))
    return `it wants a client certificate (${code}); the cert.pem and key.pem that it knows belong in the folder that DOCKER_CERT_PATH names`;
  if (/wrong version number|packet length too long|http request/i.test(words)) return `it does not speak TLS (${code})`;
  if (code === 'ERR_OSSL_UNSUPPORTED' || code.startsWith('ERR_OSSL_PEM') || code.startsWith('ERR_OSSL_X509'))
    return `the certificate or key for it cannot be used: ${words} (${code})`;
  // Node's advice to itself helps nobody here.
  const reason = systemReason(error).replace(/; if the root CA is installed locally[^()]*/, ' ');
  return UNTRUSTED.test(code)
    ? `${reason}; the ca.pem of its authority belongs in the folder that DOCKER_CERT_PATH names`
    : reason;
}

/** An engine that stopped in the middle of an export, and said why within it. */
export function engineGaveUp(name: EngineName, words: string): PushboatError {
  return new PushboatError('ENGINE_FAILED', `${name} gave up in the middle of an image: ${words}`, {
    detail: words,
    hint: 'retry',
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
  const hint = hintFor(status, detail);
  return new PushboatError('ENGINE_FAILED', `${name} refused to ${what}: ${detail}`, { status, detail, hint });
}

function hintFor(status: number, detail: string): HintKey | undefined {
  // An image of which not all was pulled (https://github.com/docker/for-mac/issues/6586).
  if (/content digest \S+ not found/.test(detail)) return 'copy-whole-image';
  // What it does not allow it does not allow another time, either.
  return status >= 400 && status < 500 && status !== 409 ? undefined : 'retry';
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

/**
 * What an engine adds to an export that it cannot end, as the very last of it: the headers of the answer are long gone
 * (https://github.com/moby/moby/blob/master/daemon/server/router/image/image_routes.go, `streamformatter.FormatError`).
 */
export function wordsAtEnd(tail: string): string | undefined {
  const json = /\{"(?:errorDetail|error|message)":[^\u0000]*\}\s*$/.exec(tail)?.[0];
  return json === undefined ? undefined : saidIn(json);
}

function wordsOf(body: string): string {
  const said = saidIn(body);
  if (said !== undefined) return said;
  // Of what is no such answer the first line says more than nothing; a proxy before the socket sends a page.
  const plain = /^\s*</.test(body)
    ? body
        .replace(/<[^<>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
    : body.trim();
  return (plain.split('\n', 1)[0] ?? '').slice(0, MAX_WORDS);
}

/** Docker answers `{"message": …}`, Podman `{"cause", "message"}`; in a stream it is `{"errorDetail": {"message": …}, "error": …}`. */
function saidIn(body: string): string | undefined {
  const value = jsonOrUndefined(body);
  if (typeof value !== 'object' || value === null) return undefined;
  const { message, error } = value as { message?: unknown; error?: unknown };
  const words = [message, error].find((each) => typeof each === 'string' && each !== '');
  return typeof words === 'string' ? words.slice(0, MAX_WORDS) : undefined;
}
