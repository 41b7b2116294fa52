/** Limits in milliseconds, all settable; see DEFAULT_TIMEOUTS. */
export interface Timeouts {
  connect: number;
  /** From the end of the request to the answer's headers. */
  headers: number;
  /** Longest pause while a body is read or written. */
  idle: number;
}

/** Milliseconds. `headers` is generous because a registry may move a blob within its storage before it answers. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 60_000, idle: 60_000 };

/** Who has said nothing yet is most likely not there, or another kind of server: it is waited for no longer than this. Milliseconds. */
export const FIRST_ANSWER = 20_000;

/** The commit of a blob may hash and copy gigabytes on the registry's side: it gets this many times `Timeouts.headers`. */
export const COMMIT_PATIENCE = 5;

/** A clock that has gone on by so much more than was waited for: the computer has slept, or the clock was set. Milliseconds. */
export const SLEPT = 5_000;

/** Bytes of an answer's body that are read: enough for any error body. */
export const MAX_RESPONSE_BYTES = 64 * 1024;

/** Milliseconds that such an answer may take from its head to its end. */
export const RESPONSE_LIMIT = 20_000;
