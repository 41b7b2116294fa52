import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';
import { HINT_KEYS, type HintKey } from './hints.ts';
import { lazySchema } from './lazy-schema.ts';
import { signingKeySchema } from './signing.ts';

/** One entry of the distribution-spec's error body: `{"errors": [{code, message, detail}]}`. */
export const registryErrorEntrySchema = lazySchema(() => z.object({ code: z.string(), message: z.string() }));
export type RegistryErrorEntry = z.infer<typeof registryErrorEntrySchema>;

/** The part of a reference that is wrong. */
export const referencePartSchema = lazySchema(() => z.enum(['reference', 'registry', 'repository', 'tag', 'digest']));
export type ReferencePart = z.infer<typeof referencePartSchema>;

/** What an untrusted server showed of its certificate. Times are ISO 8601; the fingerprint is `AA:BB:…` (SHA-256). */
export const certificateFactsSchema = lazySchema(() =>
  z.object({
    subject: z.string(),
    issuer: z.string(),
    validFrom: z.string(),
    validTo: z.string(),
    fingerprint256: z.string(),
    names: z.array(z.string()),
  }),
);
export type CertificateFacts = z.infer<typeof certificateFactsSchema>;

/** The facts that an error carries besides its code and message; all optional, all plain data. */
export const errorFactsSchema = lazySchema(() =>
  z.object({
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
    /** For KEY_LOCKED: the key whose passphrase is needed. */
    key: signingKeySchema.optional(),
    /** For TLS_UNTRUSTED. */
    certificate: certificateFactsSchema.optional(),
    /** Names to choose from (IMAGE_AMBIGUOUS, IMAGE_NOT_FOUND). */
    candidates: z.array(z.string()).optional(),
  }),
);
export type ErrorFacts = z.infer<typeof errorFactsSchema>;

/** A PushboatError as plain data: what crosses IPC and what `--json` prints. */
export interface ErrorData extends ErrorFacts {
  code: ErrorCode;
  message: string;
  hint?: HintKey | undefined;
  cause?: ErrorData | undefined;
}

export const errorDataSchema: z.ZodType<ErrorData> = lazySchema(() =>
  errorFactsSchema.extend({
    code: z.enum(ERROR_CODES),
    message: z.string(),
    hint: z.enum(HINT_KEYS).optional(),
    get cause() {
      return errorDataSchema.optional();
    },
  }),
);
