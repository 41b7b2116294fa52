import type { Socket } from 'node:net';
import { withoutBrackets } from '../../../shared/host-names.ts';
import type { ProxyUrl } from '../../../shared/proxy-url.ts';

/** What a proxy did instead of connecting. */
export type ProxyFault =
  /** It cannot be reached, or breaks the connection off. */
  | 'unreachable'
  /** It wants a login, or refuses the one that it got. */
  | 'login'
  /** It does not let this connection through. */
  | 'refused'
  /** It cannot reach the registry's host itself. */
  | 'host-unreachable'
  /** It does not speak as a proxy of its kind does. */
  | 'protocol';

/** A proxy that does not connect; `message` completes "the proxy …". Holds no login. */
export class ProxyError extends Error {
  readonly code = 'PUSHBOAT_PROXY';
  readonly fault: ProxyFault;
  readonly proxy: ProxyUrl;
  /** Of its answer. */
  readonly status: number | undefined;

  constructor(proxy: ProxyUrl, fault: ProxyFault, message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.fault = fault;
    this.proxy = proxy;
    this.status = options.status;
  }
}

/** The host and port of a URL. */
export function proxyTarget({ protocol, hostname, port }: Pick<URL, 'protocol' | 'hostname' | 'port'>): ProxyTarget {
  return { host: withoutBrackets(hostname), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** Where a proxy is to connect to. */
export interface ProxyTarget {
  /** Without brackets. */
  host: string;
  port: number;
}

/** Whether a proxy is asked for whole URLs, instead of for a tunnel (RFC 9112, 3.2.2). */
export function isAskedByUrl({ protocol: kind }: ProxyUrl, protocol: string): boolean {
  return protocol === 'http:' && kind !== 'socks5';
}

/** The header with the proxy's login; empty where there is none. */
export function proxyAuthorization({ username, password = '' }: ProxyUrl): Record<string, string> {
  if (username === undefined) return {};
  return { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** What a proxy says before the connection is through. */
export class Replies {
  readonly #proxy: ProxyUrl;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #failure: ProxyError | undefined;
  #wake: () => void = () => undefined;
  #buffer: Buffer = Buffer.alloc(0);
  readonly #onReadable = (): void => {
    for (let chunk = this.#read(); chunk !== null; chunk = this.#read())
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
    this.#wake();
  };
  readonly #onError = (error: Error): void => this.#fail(`breaks the connection off: ${error.message}`, error);
  readonly #onEnd = (): void => this.#fail('closes the connection before it has answered');

  constructor(proxy: ProxyUrl, socket: Socket, timeout: number) {
    this.#proxy = proxy;
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#fail(`does not answer within ${timeout / 1000} s`), timeout);
    socket.on('readable', this.#onReadable).on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onEnd);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next bytes, exactly so many. @throws ProxyError */
  async exactly(length: number): Promise<Buffer> {
    while (this.#buffer.byteLength < length) await this.#more();
    return this.#take(length);
  }

  /** The next bytes up to a mark and with it. @throws ProxyError */
  async until(mark: string, most: number): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(mark, 0, 'latin1');
      if (at !== -1) return this.#take(at + mark.length);
      if (this.#buffer.byteLength > most) throw new ProxyError(this.#proxy, 'protocol', 'sends too long an answer');
      await this.#more();
    }
  }

  /** Gives the connection back. */
  end(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    socket
      .off('readable', this.#onReadable)
      .off('error', this.#onError)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd);
    if (this.#buffer.byteLength > 0) socket.unshift(this.#buffer);
  }

  #read(): Buffer | null {
    return this.#socket.read() as Buffer | null;
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #fail(message: string, cause?: Error): void {
    this.#failure ??= new ProxyError(this.#proxy, 'unreachable', message, { cause });
    this.#wake();
  }
}
