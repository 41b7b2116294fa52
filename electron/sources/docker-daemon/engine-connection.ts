import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { EngineAddress } from './address.ts';

/** Some of them may be busy with exports for long. */
const CONNECTIONS = 8;

/** Connections to an engine, with its certificates. Whoever makes one destroys it. */
export function engineAgent(address: EngineAddress): Agent {
  const common = { keepAlive: true, maxSockets: CONNECTIONS };
  if (address.kind === 'socket' || !address.tls) return new Agent(common);
  const { verify, ...files } = address.tls;
  return new TlsAgent({ ...common, ...files, rejectUnauthorized: verify });
}

/** Begins a request. Node's own client: it speaks to sockets and named pipes, and loads nothing that is not there anyway. */
export function engineRequest(
  address: EngineAddress,
  options: Pick<RequestOptions, 'agent' | 'headers' | 'method' | 'path' | 'signal'>,
  onAnswer: (response: IncomingMessage) => void,
): ClientRequest {
  const isTls = address.kind === 'tcp' && address.tls !== undefined;
  return (isTls ? requestTls : request)({ ...placeOf(address), ...options }, onAnswer);
}

function placeOf(address: EngineAddress): RequestOptions {
  if (address.kind === 'socket') return { socketPath: address.path };
  return { host: address.host.replace(/^\[|\]$/g, ''), port: address.port };
}
