import { z } from 'zod';

/**
 * Every way in which Pushboat can fail, by name. The code is what programs compare; the message is what people read.
 * A new failure gets a code here first, then a title in both languages (`errors.<CODE>` in renderer/i18n).
 */
export const ERROR_CODES = [
  /** A tar archive, or what it is compressed with, that is damaged or cannot be used; `position` is the byte. */
  'ARCHIVE_INVALID',
  /** A local blob's bytes do not have the digest that the manifest gives: the local side is corrupt. */
  'BLOB_CORRUPT',
  /** A blob that the manifest names is not in the local store. */
  'BLOB_MISSING',
  /** A local blob is longer or shorter than its descriptor says. */
  'BLOB_SIZE_MISMATCH',
  /** 413: the registry or something in front of it limits the size of a request. */
  'BLOB_TOO_LARGE',
  /** The person or a signal stopped the work. */
  'CANCELLED',
  /** The connection broke, after as many tries as the policy allows. */
  'CONNECTION_LOST',
  /** A file with logins cannot be read or parsed, or a program that keeps them fails. */
  'CREDENTIALS_UNREADABLE',
  /** 403 or the registry's own DENIED: the account lacks the right. */
  'DENIED',
  /** Something is at the destination that must not be overwritten. */
  'DESTINATION_EXISTS',
  /** A destination whose text, such as `oci:PATH:NAME`, does not follow its grammar. */
  'DESTINATION_INVALID',
  /** A folder or file that an image is written to cannot be written (permission, no room, I/O error). */
  'DESTINATION_UNWRITABLE',
  /** A digest that does not follow its grammar, or uses an algorithm that is not supported. */
  'DIGEST_INVALID',
  /** The registry refused the digest, or answered with another one, while the local bytes are right. */
  'DIGEST_MISMATCH',
  /** The host's name cannot be resolved. */
  'DNS_FAILED',
  /** Docker or Podman answers with an error, cannot be reached, or stops in the middle. */
  'ENGINE_FAILED',
  /** What an image is cannot be written in the manifest format that was asked for; `detail` says which part. */
  'FORMAT_UNSUPPORTED',
  /** Connection refused, no route, network down. */
  'HOST_UNREACHABLE',
  /** Several images match; the message lists them. */
  'IMAGE_AMBIGUOUS',
  /** No image matches in any store that was looked at. */
  'IMAGE_NOT_FOUND',
  /** A bug: something that should not happen. */
  'INTERNAL',
  /** The journal of what was pushed is busy, damaged or cannot be written; pushes go on without it. */
  'JOURNAL_UNUSABLE',
  /** Not an OCI image layout, or one whose files contradict the specification. */
  'LAYOUT_INVALID',
  /** A manifest, index or config that is not what the specification allows. */
  'MANIFEST_INVALID',
  /** The registry refused the manifest. */
  'MANIFEST_REJECTED',
  /** A media type that Pushboat does not know how to push. */
  'MEDIA_TYPE_UNSUPPORTED',
  /** A path or link in a store points out of it. */
  'PATH_ESCAPES',
  /** The server answers plain HTTP where HTTPS was asked for, or would need it. */
  'PLAIN_HTTP_REFUSED',
  /** The image has no manifest for a platform that was asked for; `candidates` are the platforms that it has. */
  'PLATFORM_NOT_FOUND',
  /** The other side does not speak the distribution API (HTML, missing headers, impossible ranges). */
  'PROTOCOL_ERROR',
  /** The registry has no room left: a quota, a storage limit, a full disk. */
  'QUOTA_EXCEEDED',
  /** 429, after as many tries as the policy allows. */
  'RATE_LIMITED',
  /** A redirect that must not be followed (https to http, too many). */
  'REDIRECT_REFUSED',
  /** A reference that does not follow the grammar; `part` and `position` say where. */
  'REF_INVALID',
  /** Any other refusal by the registry; `status` and `registryErrors` say which. */
  'REGISTRY_ERROR',
  /** 5xx, after as many tries as the policy allows. */
  'REGISTRY_UNAVAILABLE',
  /** 404 for the repository: it does not exist and the registry does not create it on push. */
  'REPOSITORY_UNKNOWN',
  /** Settings cannot be read or written. */
  'SETTINGS_UNREADABLE',
  /** A folder, file or socket of a store cannot be read (gone, permission, I/O error). */
  'SOURCE_UNREADABLE',
  /** A containers-storage store that contradicts itself: records, tar-split data and files do not belong together. */
  'STORE_INVALID',
  /** The registry does not let this tag move. */
  'TAG_IMMUTABLE',
  /** A push by tag was given a digest reference as target. */
  'TARGET_DIGEST',
  /** No target was given and the image has no reference of its own. */
  'TARGET_REQUIRED',
  /** No answer within the limit. */
  'TIMEOUT',
  /** TLS failed for another reason than trust (protocol, handshake). */
  'TLS_FAILED',
  /** The certificate is not trusted (unknown authority, wrong name, expired). */
  'TLS_UNTRUSTED',
  /** JSON or a manifest beyond the bound. */
  'TOO_LARGE',
  /** 401: no login, or the login was refused. */
  'UNAUTHORIZED',
  /** The upload session is gone on the registry's side. */
  'UPLOAD_GONE',
  /** Wrong command-line usage. */
  'USAGE',
  /** The encrypted vault cannot be used on this computer; `detail` says why. */
  'VAULT_UNAVAILABLE',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** One entry of the distribution-spec's error body: `{"errors": [{code, message, detail}]}`. */
export const registryErrorEntrySchema = z.object({ code: z.string(), message: z.string() });
export type RegistryErrorEntry = z.infer<typeof registryErrorEntrySchema>;

/** The part of a reference that is wrong. */
export const referencePartSchema = z.enum(['reference', 'registry', 'repository', 'tag', 'digest']);
export type ReferencePart = z.infer<typeof referencePartSchema>;

/** What an untrusted server showed of its certificate. Times are ISO 8601; the fingerprint is `AA:BB:…` (SHA-256). */
export const certificateFactsSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  validFrom: z.string(),
  validTo: z.string(),
  fingerprint256: z.string(),
  names: z.array(z.string()),
});
export type CertificateFacts = z.infer<typeof certificateFactsSchema>;

/** The facts that an error carries beside its code and message; all optional, all plain data. */
export const errorFactsSchema = z.object({
  /** Registry as in a reference: `host[:port]`. */
  registry: z.string().optional(),
  repository: z.string().optional(),
  /** HTTP status of the answer. */
  status: z.number().int().optional(),
  /** The registry's own error codes and messages. */
  registryErrors: z.array(registryErrorEntrySchema).optional(),
  /** Why, in the other side's words, when there is no registry error body (system error, TLS alert, first line of HTML). */
  detail: z.string().optional(),
  /** The digest concerned. */
  digest: z.string().optional(),
  /** The local file or folder concerned. */
  path: z.string().optional(),
  /** For REF_INVALID: which part, and the offset (UTF-16 units) of the first wrong character in the input. */
  part: referencePartSchema.optional(),
  position: z.number().int().optional(),
  /** For UNAUTHORIZED and DENIED: the login that was tried, `null` when none was. Never a secret. */
  login: z.object({ username: z.string(), origin: z.string() }).nullable().optional(),
  /** For TLS_UNTRUSTED. */
  certificate: certificateFactsSchema.optional(),
  /** Names to choose from (IMAGE_AMBIGUOUS, IMAGE_NOT_FOUND). */
  candidates: z.array(z.string()).optional(),
});
export type ErrorFacts = z.infer<typeof errorFactsSchema>;

/** Keys of the next thing to do. English text is in shared/hints.ts, other languages in renderer/i18n. */
export const HINT_KEYS = [
  'add-login',
  'ask-owner',
  'check-account-rights',
  'check-address',
  'check-folder',
  'check-layout',
  'check-network',
  'check-permissions',
  'check-tag-policy',
  'choose-destination',
  'choose-format',
  'choose-one-platform',
  'choose-platforms',
  'choose-target',
  'copy-whole-image',
  'confirm-replace',
  'create-repository',
  'fix-destination',
  'fix-reference',
  'goes-on-with-defaults',
  'goes-on-without-journal',
  'goes-on-without-login',
  'join-engine-group',
  'limit-request-size',
  'make-room',
  'pack-otherwise',
  'points-outside',
  'push-an-image',
  'push-by-tag',
  'rebuild-image',
  'report-bug',
  'retry',
  'retry-later',
  'run-help',
  'session-login',
  'start-engine',
  'start-podman-service',
  'trust-certificate',
  'use-another-login',
  'use-full-name',
  'use-plain-http',
  'use-podman-socket',
] as const;
export type HintKey = (typeof HINT_KEYS)[number];

/** A PushboatError as plain data: what crosses IPC and what `--json` prints. */
export interface ErrorData extends ErrorFacts {
  code: ErrorCode;
  message: string;
  hint?: HintKey | undefined;
  cause?: ErrorData | undefined;
}

export const errorDataSchema: z.ZodType<ErrorData> = errorFactsSchema.extend({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  hint: z.enum(HINT_KEYS).optional(),
  get cause() {
    return errorDataSchema.optional();
  },
});

export interface ErrorOptions extends ErrorFacts {
  hint?: HintKey | undefined;
  cause?: unknown;
}

/**
 * The one error class of the engine. `message` says what happened in one English sentence without secrets,
 * `facts` say why, `hint` names the next thing to do.
 */
export class PushboatError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
  readonly hint: HintKey | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    const { hint, cause, ...facts } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PushboatError';
    this.code = code;
    this.facts = facts;
    this.hint = hint;
  }

  /** The error as plain data, causes included (at most 5 deep, so that a cycle ends). */
  toData(depth = 0): ErrorData {
    const cause = this.cause === undefined || depth >= 5 ? undefined : causeData(this.cause, depth + 1);
    return {
      code: this.code,
      message: this.message,
      ...this.facts,
      hint: this.hint,
      cause,
    };
  }

  /** The error from data that crossed a boundary. */
  static fromData(data: ErrorData): PushboatError {
    const { code, message, hint, cause, ...facts } = data;
    return new PushboatError(code, message, {
      ...facts,
      hint,
      cause: cause ? PushboatError.fromData(cause) : undefined,
    });
  }
}

/** The words of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function causeData(cause: unknown, depth: number): ErrorData {
  if (cause instanceof PushboatError) return cause.toData(depth);
  const message = messageOf(cause);
  return { code: 'INTERNAL', message };
}

/**
 * Any thrown value as a PushboatError; what is not one becomes INTERNAL with the original as its cause. When tidying up failed after
 * something else had, what went wrong first is what a person must hear of.
 */
export function toPushboatError(thrown: unknown): PushboatError {
  if (thrown instanceof PushboatError) return thrown;
  if (thrown instanceof SuppressedError) return toPushboatError(thrown.suppressed);
  const message = messageOf(thrown);
  return new PushboatError('INTERNAL', message, { cause: thrown, hint: 'report-bug' });
}

/** CANCELLED, with the signal's reason as its cause. `what` begins the sentence. */
export function cancelled(signal: AbortSignal, what: string): PushboatError {
  return new PushboatError('CANCELLED', `${what} was cancelled.`, { cause: signal.reason });
}

/** @throws PushboatError CANCELLED */
export function throwIfCancelled(signal: AbortSignal | undefined, what = 'Writing'): void {
  if (signal?.aborted) throw cancelled(signal, what);
}

/** What a request fails with that was aborted for this reason: whoever aborts it may say why with a PushboatError; otherwise CANCELLED. */
export function abortError(reason: unknown): PushboatError {
  return reason instanceof PushboatError ? reason : new PushboatError('CANCELLED', 'The work was cancelled.');
}
