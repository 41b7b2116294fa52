import { PushboatError } from '../../shared/errors.ts';

/** Where an engine answers. */
export type EngineAddress =
  /** A socket's path, or a named pipe of Windows. */
  { kind: 'socket'; path: string } | { kind: 'tcp'; host: string; port: number; tls?: EngineTls | undefined };

/** PEM texts; `verify` false: whoever answers is trusted, as the person has set. */
export interface EngineTls {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  verify: boolean;
}

/** Docker's ports without and with TLS. */
const PORT = 2375;
const TLS_PORT = 2376;

/**
 * The address that `DOCKER_HOST` or a Docker context names: `unix://`, `npipe://`, `tcp://`, `http://`, `https://`.
 * @throws PushboatError ENGINE_FAILED for any other, saying for `ssh://` what to do.
 */
export function parseEngineAddress(typed: string, tls?: EngineTls): EngineAddress {
  const text = typed.trim();
  const found = /^([a-z]+):\/\/(.*)$/is.exec(text) ?? /^(unix):(\/.*)$/is.exec(text);
  // A path alone can only be a socket's.
  const scheme = found?.[1]?.toLowerCase() ?? (text.startsWith('/') ? 'unix' : 'tcp');
  const rest = found?.[2] ?? text;
  switch (scheme) {
    case 'unix':
      if (rest === '') throw refused(text, 'it names no socket');
      return { kind: 'socket', path: rest };
    case 'npipe':
      return { kind: 'socket', path: rest.replaceAll('/', '\\') };
    case 'tcp':
    case 'http':
    case 'https':
      return tcpAddress(text, rest, scheme === 'https' ? (tls ?? { verify: true }) : tls);
    case 'ssh':
      throw refused(
        text,
        'engines are not reached over SSH; forward the socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST) and set DOCKER_HOST=unix:///tmp/docker.sock',
      );
    default:
      throw refused(text, `the scheme ${scheme} is not known`);
  }
}

function tcpAddress(text: string, rest: string, tls: EngineTls | undefined): EngineAddress {
  const found = /^(\[[0-9A-Fa-f:.]+\]|[^:/?#@]*)(?::(\d{1,5}))?\/?$/.exec(rest);
  const port = Number(found?.[2] ?? (tls ? TLS_PORT : PORT));
  if (!found || port < 1 || port > 65_535) throw refused(text, 'it is not HOST:PORT');
  return { kind: 'tcp', host: found[1] || '127.0.0.1', port, tls };
}

function refused(text: string, detail: string): PushboatError {
  return new PushboatError('ENGINE_FAILED', `The engine at ${text} cannot be used: ${detail}.`, {
    detail,
    hint: 'start-engine',
  });
}

/** As a person would write it. */
export function addressText(address: EngineAddress): string {
  if (address.kind === 'socket') return address.path;
  return `${address.tls ? 'https' : 'tcp'}://${address.host}:${address.port}`;
}
