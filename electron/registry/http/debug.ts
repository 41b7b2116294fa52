import { shownText } from './redact.ts';

/** Told of each step of a client, in one line without secrets. */
export type OnDebug = (line: string) => void;

/** Parameters of addresses that say what was asked. All others may be a signature, or an upload's state, which is as good as a key. */
const TELLING = new Set(['digest', 'from', 'last', 'mount', 'n', 'scope', 'service', 'artifactType']);

/** An address as it may be told: without user info, and with the values of telling parameters only. */
export function shownUrl(url: URL): string {
  const parameters = [...url.searchParams].map(([name, value]) => `${name}=${TELLING.has(name) ? value : '…'}`);
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `${url.protocol}//${url.host}${url.pathname}${query}`;
}

/** `POST https://… → 202 in 31 ms`; `outcome` is a status, or why there is none. */
export function exchangeLine(method: string, url: URL, outcome: number | string, milliseconds: number): string {
  const result = typeof outcome === 'number' ? String(outcome) : `no response: ${shownText(outcome)}`;
  return `${method} ${shownUrl(url)} → ${result} in ${Math.round(milliseconds)} ms`;
}
