import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EarlyConnections } from '../../../../../electron/registry/http/early-connections.ts';
import { type Certificates, makeCertificates } from '../../../../fixtures/certificates.ts';

const usual = getCACertificates();

beforeAll(async () => setDefaultCACertificates([...usual, (await makeCertificates()).ca.cert]));
afterAll(() => setDefaultCACertificates(usual));

/** @param certificate undefined: it takes connections, and says nothing. */
async function startServer(certificate: keyof Omit<Certificates, 'ca'> | undefined) {
  const pair = certificate && (await makeCertificates())[certificate];
  const server = pair ? createSecureServer({ ...pair, allowHTTP1: true }) : createServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('are verified, are given away once, and one of several offers HTTP/2', async () => {
  await using server = await startServer('server');
  const early = new EarlyConnections();
  early.begin(server.host, 3);
  early.begin(server.host, 3);
  early.loadTls();
  const open = await Promise.all(early.take(`https://${server.host}`));
  expect(open.map((socket) => socket instanceof TLSSocket && [socket.authorized, socket.alpnProtocol])).toEqual([
    [true, 'h2'],
    [true, 'http/1.1'],
    [true, 'http/1.1'],
  ]);
  expect(early.take(`https://${server.host}`)).toEqual([]);
  expect(server.sockets.size).toBe(3);
  early.end();
});

it('work without being told to load TLS, and a single one offers HTTP/1.1 alone', async () => {
  await using server = await startServer('server');
  const early = new EarlyConnections();
  early.begin(server.host, 1);
  const [only] = await Promise.all(early.take(`https://${server.host}`));
  expect(only).toMatchObject({ authorized: true, alpnProtocol: 'http/1.1' });
  early.end();
});

it.each([
  ['wrongName', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['expired', 'CERT_HAS_EXPIRED'],
  ['selfSigned', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
] as const)('with the certificate %s they fail', async (certificate, code) => {
  await using server = await startServer(certificate);
  const early = new EarlyConnections();
  early.begin(server.host, 2);
  const outcomes = await Promise.allSettled(early.take(`https://${server.host}`));
  expect(outcomes).toMatchObject([
    { status: 'rejected', reason: { code } },
    { status: 'rejected', reason: { code } },
  ]);
  early.end();
});

it('are ended at each stage: while they connect, while they are secured, and when they are open', async () => {
  await using server = await startServer('server');
  await using silent = await startServer(undefined);
  const early = new EarlyConnections();
  early.begin(server.host, 2);
  early.begin(silent.host, 2);
  const open = await Promise.all(early.take(`https://${server.host}`));
  const secured = Promise.allSettled(early.take(`https://${silent.host}`));
  await expect.poll(() => silent.sockets.size).toBe(2);
  const connecting = new EarlyConnections();
  connecting.begin(server.host, 2);
  const begun = Promise.allSettled(connecting.take(`https://${server.host}`));
  connecting.end();
  early.end();
  for (const outcomes of [await secured, await begun])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(open.map(({ destroyed }) => destroyed)).toEqual([true, true]);
});
