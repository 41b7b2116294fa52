import * as net from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { UploadSession } from '../../../../electron/registry/types.ts';
import { AS_ANN, askForLogin, clientFor, DIGEST, failure, makeCertificate, serve } from './scripted-server.ts';

const certificate = makeCertificate('IP:127.0.0.1,DNS:localhost');
afterAll(() => certificate.dispose());

const UNVERIFIED = { policy: { tls: 'no-verify' } } as const;
const UPLOAD = '/v2/team/app/blobs/uploads/1?_state=a%2Bb';
const BODY = { length: 3, open: () => Buffer.from('abc') };

/** A registry behind something that ends TLS: it gives this address for its uploads. */
function serveBehindTls(location: (port: string) => string) {
  return serve(
    (request, response) => {
      if (request.headers.authorization === undefined) return askForLogin(response, 'Basic realm=x');
      if (request.method !== 'POST') return void response.writeHead(201).end();
      const port = new URL(`http://${request.headers.host}`).port;
      response.writeHead(202, { location: location(port) }).end();
    },
    { tls: certificate },
  );
}

describe('a registry that does not know that it is reached by TLS', () => {
  it.each<[string, (port: string) => string]>([
    ['with its port', (port) => `http://127.0.0.1:${port}${UPLOAD}`],
    ['without its port', () => `http://127.0.0.1${UPLOAD}`],
    ['with the port of TLS', () => `http://127.0.0.1:443${UPLOAD}`],
    ['with the port behind the proxy', () => `http://127.0.0.1:5000${UPLOAD}`],
  ])('is asked on by TLS, with the login, and that is said once (%s)', async (_, location) => {
    await using server = await serveBehindTls(location);
    const warnings: string[] = [];
    await using client = clientFor(server.host, { ...UNVERIFIED, ...AS_ANN, onWarning: (text) => warnings.push(text) });
    for (let time = 0; time < 2; time++) {
      const started = await client.startUpload('team/app');
      expect(started).toMatchObject({ kind: 'session', session: { location: server.origin + UPLOAD } });
      await client.finishUpload((started as { session: UploadSession }).session, DIGEST, BODY);
    }
    const puts = server.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ headers }) => headers.authorization?.slice(0, 5))).toEqual(['Basic', 'Basic']);
    expect(warnings).toEqual([expect.stringContaining('X-Forwarded-Proto')]);
  });

  it.each([
    'http://localhost/v2/team/app/blobs/uploads/1',
    'http://127.0.0.1:9000/bucket/1',
    'http://127.0.0.1.nip.io/v2/team/app/blobs/uploads/1',
  ])('is not followed to another place by plain HTTP: %s', async (location) => {
    await using server = await serveBehindTls(() => location);
    await using client = clientFor(server.host, { ...UNVERIFIED, ...AS_ANN });
    const refusal = await failure(client.startUpload('team/app'));
    expect(refusal.code).toBe('REDIRECT_REFUSED');
    expect(refusal.facts.detail).toMatch(/X-Forwarded-Proto: https.*http\.host.*http\.relativeurls/);
  });

  it.each(['plain-http', 'no-verify'] as const)('is asked at its port where it leaves that out (%s)', async (tls) => {
    const scheme = tls === 'plain-http' ? 'http' : 'https';
    await using server = await serve(
      (request, response) => {
        if (request.headers.authorization === undefined) return askForLogin(response, 'Basic realm=x');
        response.writeHead(202, { location: `${scheme}://127.0.0.1${UPLOAD}` }).end();
      },
      tls === 'plain-http' ? {} : { tls: certificate },
    );
    const warnings: string[] = [];
    const onWarning = (text: string) => warnings.push(text);
    await using client = clientFor(server.host, { policy: { tls }, ...AS_ANN, onWarning });
    expect(await client.startUpload('team/app')).toMatchObject({ session: { location: server.origin + UPLOAD } });
    expect(warnings).toEqual([expect.stringContaining('without its port')]);
  });

  it('keeps its own place where the path begins with two slashes', async () => {
    await using server = await serveBehindTls(() => 'http://127.0.0.1//localhost:9/upload');
    await using client = clientFor(server.host, { ...UNVERIFIED, ...AS_ANN });
    expect(await client.startUpload('team/app')).toMatchObject({
      session: { location: `${server.origin}//localhost:9/upload` },
    });
  });
});

it('an upload that leads to where nobody takes a connection fails soon, and says whose word that was', async () => {
  const taken: net.Socket[] = [];
  const silent = net.createServer((socket) => void taken.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const place = `127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
  await using server = await serve((request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    response.writeHead(202, { location: `https://${place}/v2/team/app/blobs/uploads/1` }).end();
  });
  const timeouts = { connect: 300, headers: 5_000, idle: 5_000 };
  await using client = clientFor(server.host, { timeouts });
  const started = await client.startUpload('team/app');
  if (started.kind !== 'session') throw new Error('no session');
  const refusal = await failure(client.finishUpload(started.session, DIGEST, BODY));
  expect(refusal).toMatchObject({ code: 'PROTOCOL_ERROR', hint: 'ask-owner' });
  expect(refusal.message).toContain(`leads to ${place}, which cannot be reached from here`);
  expect(taken).toHaveLength(1);
  for (const socket of taken) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});
