import type { ErrorCode } from './error-codes.ts';
import type { ErrorData, ErrorFacts } from './error-data.ts';
import type { HintKey } from './hints.ts';

export type { ErrorData, ErrorFacts };

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
  if (isSuppressed(thrown)) return toPushboatError(thrown.suppressed);
  const message = messageOf(thrown);
  return new PushboatError('INTERNAL', message, { cause: thrown, hint: 'report-bug' });
}

/** By its name: Node.js 22 has no `SuppressedError`, and what is built for it throws another error that is called so. */
function isSuppressed(thrown: unknown): thrown is SuppressedError {
  return thrown instanceof Error && thrown.name === 'SuppressedError' && 'suppressed' in thrown;
}

/** CANCELLED, with the signal's reason as its cause. `what` begins the sentence. */
export function cancelled(signal: AbortSignal, what: string): PushboatError {
  return new PushboatError('CANCELLED', `${what} was cancelled.`, { cause: signal.reason });
}

/** Work that was ended on purpose, as opposed to work that failed. */
export function isCancelled(error: unknown): boolean {
  return error instanceof PushboatError && error.code === 'CANCELLED';
}

/** @throws PushboatError CANCELLED */
export function throwIfCancelled(signal: AbortSignal | undefined, what = 'Writing'): void {
  if (signal?.aborted) throw cancelled(signal, what);
}

/** What a request fails with that was aborted for this reason: whoever aborts it may say why with a PushboatError; otherwise CANCELLED. */
export function abortError(reason: unknown): PushboatError {
  return reason instanceof PushboatError ? reason : new PushboatError('CANCELLED', 'The work was cancelled.');
}

/** Makes a `switch` over a union exhaustive: a missing case is a type error, and at run time says which value came. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
