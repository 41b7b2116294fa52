import * as net from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { MediaType } from '../../../../shared/media-types.ts';
import { AS_ANN, api, clientFor, DIGEST, failure, json, makeCertificate, refuse, serve } from './scripted-server.ts';

const certificate = makeCertificate('IP:127.0.0.1');
afterAll(() => certificate.dispose());

const MANIFEST = { bytes: Buffer.from('{}'), mediaType: MediaType.ociManifest };

/** A server that answers each request with these pieces, and with `close` breaks a success off after its head. */
async function serveRaw(answer: (head: string) => string[] | 'close'): Promise<{ host: string } & AsyncDisposable> {
  const sockets = new Set<net.Socket>();
  const give = async (socket: net.Socket, pieces: string[]): Promise<void> => {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (bytes: Buffer) => {
      const head = bytes.toString('latin1');
      // A TLS handshake is not what this server speaks.
      if (bytes[0] === 0x16) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      else if (/^[A-Z]+ /.test(head)) {
        const pieces = answer(head);
        if (pieces === 'close') socket.end('HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n');
        else void give(socket, pieces);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const NOT_FOUND =
  'HTTP/1.1 404 Not Found\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 9\r\n\r\n';

describe('a body behind the answer to HEAD', () => {
  it.each([
    ['at once', [`${NOT_FOUND}not found`]],
    ['a moment later', [NOT_FOUND, 'not found']],
  ])('%s is no answer to the next request', async (_, pieces) => {
    await using server = await serveRaw((head) => (head.startsWith('HEAD') ? pieces : [OK]));
    await using client = clientFor(server.host);
    for (let time = 0; time < 5; time++) expect(await client.headBlob('team/app', DIGEST)).toBeNull();
  });
});

it('what was taken is taken, also where the answer breaks off after its head', async () => {
  await using server = await serveRaw((head) => (head.startsWith('PUT') ? 'close' : [OK]));
  await using client = clientFor(server.host);
  expect(await client.putManifest('team/app', '1', MANIFEST)).toMatchObject({ digest: undefined });
});

describe('storage that a question about a blob leads to', () => {
  it('need not be trusted: nothing is known of the blob then', async () => {
    await using storage = await serve((_, response) => void response.writeHead(200).end(), { tls: certificate });
    await using server = await serve(
      api((_, response) => void response.writeHead(307, { location: `${storage.origin}/blob` }).end()),
    );
    await using client = clientFor(server.host);
    const refusal = await failure(client.headBlob('team/app', DIGEST));
    expect(refusal.code).toBe('PROTOCOL_ERROR');
    expect(refusal.message).toContain(`leads to ${storage.host}`);
    expect(storage.requests).toHaveLength(0);
  });
});

describe('a login that a registry does not take', () => {
  it('is not asked for again where it knows neither passwords nor tokens', async () => {
    await using server = await serve(
      (_, response) => void response.writeHead(401, { 'www-authenticate': ['Negotiate', 'NTLM'] }).end(),
    );
    await using client = clientFor(server.host, AS_ANN);
    const refusal = await failure(client.startUpload('team/app'));
    expect(refusal.code).toBe('REGISTRY_ERROR');
    expect(refusal.message).toMatch(/asks for a login by negotiate, ntlm, and takes neither/);
  });

  it('is refused for the reason that the challenge gives, where the answer has none', async () => {
    const challenge = 'Basic realm="x", error="invalid_token", error_description="the clock is wrong"';
    await using server = await serve(
      (_, response) => void response.writeHead(401, { 'www-authenticate': challenge }).end(),
    );
    await using client = clientFor(server.host, AS_ANN);
    expect((await failure(client.startUpload('team/app'))).message).toMatch(/: the clock is wrong\.$/);
  });

  it.each([
    [431, ''],
    [400, '<html><title>400 Request Header Or Cookie Too Large</title></html>'],
    [400, 'request headers too long'],
  ])('is not called a body that is too large (%i %j)', async (status, words) => {
    await using server = await serve(api((_, response) => void response.writeHead(status).end(words)));
    await using client = clientFor(server.host);
    const refusal = await failure(client.startUpload('team/app'));
    expect(refusal.code).toBe('REGISTRY_ERROR');
    expect(refusal.message).toMatch(/does not take headers as long as the token/);
  });
});

describe('a manifest that is refused', () => {
  const refusalOf = async (status: number, code: string, message: string) => {
    await using server = await serve(
      api((request, response) =>
        request.method === 'PUT' ? refuse(response, status, code, message) : json(response, 200, {}),
      ),
    );
    await using client = clientFor(server.host);
    return await failure(client.putManifest('team/app', '1', MANIFEST));
  };

  it.each([
    [400, 'TAG_INVALID', 'The image tag is immutable', 'TAG_IMMUTABLE'],
    [409, 'CONFLICT', 'tag 1 already exists', 'TAG_IMMUTABLE'],
    [400, 'TAG_INVALID', 'manifest tag did not match URI', 'MANIFEST_REJECTED'],
    [400, 'TAG_INVALID', 'only releases are tagged here', 'MANIFEST_REJECTED'],
    [409, 'CONFLICT', 'another push is under way', 'MANIFEST_REJECTED'],
  ])('is told as what it is for its tag (%i %s: %s)', async (status, code, message, expected) => {
    expect(await refusalOf(status, code, message)).toMatchObject({ code: expected });
  });

  it('for its size is not told to be sent in chunks', async () => {
    const refusal = await refusalOf(413, 'SIZE_INVALID', 'more than 4 MiB');
    expect(refusal).toMatchObject({ code: 'MANIFEST_REJECTED', hint: 'ask-owner' });
  });

  it.each([402, 423, 451])('with %i asks for no login', async (status) => {
    expect(await refusalOf(status, 'DENIED', 'not here')).toMatchObject({ code: 'REGISTRY_ERROR', hint: 'ask-owner' });
  });
});
