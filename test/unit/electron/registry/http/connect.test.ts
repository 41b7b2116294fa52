import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { afterAll, expect, it } from 'vitest';
import { createConnect } from '../../../../../electron/registry/http/connect.ts';
import { SystemTrust } from '../../../../../electron/registry/http/tls.ts';
import { makeCertificate } from '../scripted-server.ts';

const good = makeCertificate('IP:127.0.0.1,DNS:localhost');
const other = makeCertificate('IP:127.0.0.1,DNS:localhost');
afterAll(() => {
  good.dispose();
  other.dispose();
});

/** A computer whose own list of CAs has only this one. */
class OwnTrust extends SystemTrust {
  reads = 0;
  readonly #context: SecureContext;

  constructor(ca: string) {
    super();
    this.#context = createSecureContext({ ca });
  }

  override get context(): SecureContext {
    this.reads += 1;
    return this.#context;
  }
}

async function startServer() {
  let accepted = 0;
  const server = createServer({ key: good.key, cert: good.cert }).on('connection', (socket) => {
    accepted += 1;
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
    accepted: () => accepted,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const connectWith = (system: SystemTrust) =>
  createConnect({
    trust: async () => ({ kind: 'verify', context: undefined, system }),
    proxy: undefined,
    system,
    pinnedHost: 'registry.example:443',
    named: false,
    connectTimeout: 10_000,
  });

it('an authority that only the computer knows is trusted at the second try, and from then on at the first', async () => {
  await using server = await startServer();
  const system = new OwnTrust(good.cert);
  const connect = connectWith(system);
  (await connect(server.origin)).destroy();
  expect(server.accepted()).toBe(2);
  (await connect(server.origin)).destroy();
  expect(server.accepted()).toBe(3);
  expect(system.isNeeded).toBe(true);
});

it('an authority that nobody knows is refused, and changes nothing', async () => {
  await using server = await startServer();
  const system = new OwnTrust(other.cert);
  await expect(connectWith(system)(server.origin)).rejects.toThrow('self-signed certificate');
  expect(system.isNeeded).toBe(false);
});

it('a host that does not answer is not asked again with other authorities', async () => {
  const system = new OwnTrust(good.cert);
  await expect(connectWith(system)(new URL('https://127.0.0.1:1'))).rejects.toThrow('ECONNREFUSED');
  expect(system.reads).toBe(0);
});

it('a connection that is not needed any more ends before it is open', async () => {
  await using server = await startServer();
  const unneeded = new AbortController();
  const opening = connectWith(new OwnTrust(good.cert))(server.origin, unneeded.signal);
  unneeded.abort();
  await expect(opening).rejects.toThrow('not needed');
});
