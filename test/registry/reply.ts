import type { Readable } from 'node:stream';

export type ReplyHeaders = Record<string, string | string[]>;

/** What a handler wants to be sent, as a value: scripted faults can change it before it reaches the socket. */
export interface Reply {
  status: number;
  /** Lower-case names. */
  headers: ReplyHeaders;
  body?: Uint8Array | Readable;
}

/** An error reply thrown from deep inside a handler. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = 'Refusal';
    this.reply = reply;
  }
}

/** Thrown when a scripted fault has cut the connection: there is nobody left to answer. */
export class ConnectionCut extends Error {
  constructor() {
    super('the connection was cut on purpose');
    this.name = 'ConnectionCut';
  }
}

export function empty(status: number, headers: ReplyHeaders = {}): Reply {
  return { status, headers };
}

export function json(status: number, value: unknown, headers: ReplyHeaders = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** The error body of the distribution-spec, "Error Codes": `{"errors": [{code, message, detail}]}`. */
export function refuse(
  status: number,
  code: string,
  message: string,
  headers: ReplyHeaders = {},
  detail?: unknown,
): Reply {
  return json(status, { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] }, headers);
}

const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'UNSUPPORTED',
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  413: 'SIZE_INVALID',
  415: 'UNSUPPORTED',
  429: 'TOOMANYREQUESTS',
};

/** A plain refusal for a status, with the error code that registries use for it. */
export function refuseWith(status: number, message: string, headers: ReplyHeaders = {}): Reply {
  return refuse(status, CODE_OF_STATUS[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'UNKNOWN'), message, headers);
}
