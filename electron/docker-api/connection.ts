import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { withoutBrackets } from '../../shared/host-names.ts';
import type { EngineAddress } from './address.ts';

/** Some of them may be busy with saves for long. */
const CONNECTIONS = 8;

/** Loaded when an engine is asked: most commands ask none, and importing these modules evaluates all that hangs on them. */
const http = () => process.getBuiltinModule('node:http');
const https = () => process.getBuiltinModule('node:https');

/** Connections to an engine, with its certificates. Whoever makes one destroys it. */
export function engineAgent(address: EngineAddress): Agent {
  const common = { keepAlive: true, maxSockets: CONNECTIONS };
  if (address.kind === 'socket' || !address.tls) return new (http().Agent)(common);
  const { verify, ...files } = address.tls;
  return new (https().Agent)({ ...common, ...files, rejectUnauthorized: verify });
}

/** Begins a request. Node's own client: it speaks to sockets and named pipes, and loads nothing that is not there anyway. */
export function engineRequest(
  address: EngineAddress,
  options: Pick<RequestOptions, 'agent' | 'headers' | 'method' | 'path' | 'signal'>,
  onResponse: (response: IncomingMessage) => void,
): ClientRequest {
  const isTls = address.kind === 'tcp' && address.tls !== undefined;
  return (isTls ? https() : http()).request({ ...placeOf(address), ...options }, onResponse);
}

function placeOf(address: EngineAddress): RequestOptions {
  if (address.kind === 'socket') return { socketPath: address.path };
  return { host: withoutBrackets(address.host), port: address.port };
}
