import { readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadResponse } from '../../../../electron/destinations/load-response.ts';
import type { OutgoingImage } from '../../../../electron/destinations/types.ts';
import { breakLayout } from '../../../fixtures/break-layouts.ts';
import { makeCertificates } from '../../../fixtures/certificates.ts';
import { LayoutWriter, makeLayout } from '../../../fixtures/layouts.ts';
import { bareEnvironment, digestsOf, listener, outgoing, write } from '../../../fixtures/outgoing.ts';
import { makeTempDir, type TempDir } from '../../../fixtures/temp-dir.ts';

type Load = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

let folder: TempDir;
let engine: Server;
let load: Load;
let asked: string[];
/** The archives that came whole. */
let loaded: Buffer[];

/** Takes an archive as engines do: whole or not at all. */
const take: Load = async (request, response) => {
  loaded.push(await buffer(request));
  response.write('{"status":"Loading layer"}\n');
  response.end('{"stream":"Loaded image: docker.io/library/web:latest\\n"}\n');
};

beforeEach(async () => {
  folder = await makeTempDir('write-engines');
  [load, asked, loaded] = [take, [], []];
  engine = createServer((request, response) => {
    const { method = '', url = '' } = request;
    asked.push(`${method} ${url}`);
    if (url === '/_ping') response.end('OK');
    else if (url.includes('/tag?')) response.writeHead(201).end();
    else {
      void Promise.resolve(load(request, response)).catch(() => undefined);
    }
  });
  await new Promise<void>((resolve) => engine.listen(join(folder.path, 'sock'), resolve));
});

afterEach(async () => {
  engine.closeAllConnections();
  await allEnded();
  await folder.remove();
});

/** Resolves when no connection to the engine is left. */
const allEnded = () => new Promise((resolve) => engine.close(resolve));

const environment = () => {
  const address = `unix://${join(folder.path, 'sock')}`;
  return bareEnvironment({ DOCKER_HOST: address, CONTAINER_HOST: address });
};

async function image(name = 'a', options: Parameters<typeof makeLayout>[1] = {}): Promise<OutgoingImage> {
  await makeLayout(join(folder.path, name), { seed: name, ...options });
  return outgoing(`oci:${join(folder.path, name)}`);
}

function send(text: string, ready: OutgoingImage, told = listener(), signal = new AbortController().signal) {
  return write(text, [ready], { environment: environment(), told, signal });
}

async function archive(prefix: 'docker-archive' | 'oci-archive', name: string): Promise<OutgoingImage> {
  const path = join(folder.path, 'loaded.tar');
  await writeFile(path, loaded[0] ?? '');
  return outgoing(`${prefix}:${path}:${name}`);
}

describe('docker-daemon:', () => {
  test('streams a docker archive with all names', async () => {
    const ready = {
      ...(await image('a', { layers: [{ content: 'text' }, { size: 300_000 }] })),
      references: ['ghcr.io/acme/web:1'],
    };
    const told = listener();
    const [written] = await send('docker-daemon:web', ready, told);
    expect(asked).toEqual(['GET /_ping', 'POST /images/load?quiet=0']);
    const found = await archive('docker-archive', 'ghcr.io/acme/web:1');
    expect(found.image.references).toEqual(['docker.io/library/web:latest', 'ghcr.io/acme/web:1']);
    expect(written?.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    for (const { descriptor } of ready.tree.blobs) expect(told.bytes.get(descriptor.digest)).toBe(descriptor.size);
    const isOwn = (name: string) => name.startsWith('pushboat-layer-') && name.includes(`-${process.pid}-`);
    expect(readdirSync(tmpdir()).filter(isOwn)).toEqual([]);
  });

  test.each<[string, Load, string]>([
    [
      'in the stream',
      (request, response) => {
        request
          .resume()
          .on('end', () => response.end('{"errorDetail":{"message":"no space left"},"error":"old words"}\n'));
      },
      'Docker refused to load the image: no space left',
    ],
    [
      'with a status, before it has all',
      (_request, response) => {
        response.writeHead(500).end('{"message":"storage is broken"}');
      },
      'Docker refused to load the image: storage is broken',
    ],
    ['by closing in the middle', (request) => void request.once('data', () => request.destroy()), 'does not answer'],
    [
      'by closing in the answer',
      (request, response) => {
        request.resume().on('end', () => {
          response.write('{"status":"Loading"}\n');
          setImmediate(() => response.destroy());
        });
      },
      'does not answer',
    ],
  ])('tells of an engine that fails %s', async (_name, failing, words) => {
    load = failing;
    const ready = await image('big', { layers: 4, layerSize: 2_000_000 });
    await expect(send('docker-daemon:web', ready)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining(words),
    });
  });

  test('sends nothing whole when it is cancelled', async () => {
    const stop = new AbortController();
    const told = { ...listener(), read: () => stop.abort() };
    const ready = await image('big', { layers: 4, layerSize: 2_000_000 });
    await expect(send('docker-daemon:web', ready, told, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    await allEnded();
    expect(loaded).toEqual([]);
  });

  test('can be cancelled while the engine takes its time', async () => {
    const stop = new AbortController();
    load = async (request) => {
      await buffer(request);
      stop.abort();
    };
    await expect(send('docker-daemon:web', await image(), listener(), stop.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  test('can be cancelled while the engine reads nothing', async () => {
    const stop = new AbortController();
    load = async () => {
      await sleep(100);
      stop.abort();
    };
    const ready = await image('big', { layers: 4, layerSize: 4_000_000 });
    await expect(send('docker-daemon:web', ready, listener(), stop.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  test('sends nothing whole of a corrupt image', async () => {
    const ready = await image();
    await breakLayout.corruptLayer(join(folder.path, 'a'));
    await expect(send('docker-daemon:web', ready)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
    await allEnded();
    expect(loaded).toEqual([]);
  });

  test('goes to DOCKER_HOST over TLS, and not to a host that is not trusted', async () => {
    const { ca, server } = await makeCertificates();
    const handler = engine.listeners('request')[0] as RequestListener;
    const secure = createTlsServer(server, handler);
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const address = secure.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder.path };
    try {
      await writeFile(join(folder.path, 'ca.pem'), ca.cert);
      await write('docker-daemon:web', [await image()], { environment: bareEnvironment(env) });
      expect(loaded).toHaveLength(1);
      await rm(join(folder.path, 'ca.pem'));
      await expect(write('docker-daemon:web', [], { environment: bareEnvironment(env) })).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
      });
    } finally {
      secure.closeAllConnections();
      await new Promise((resolve) => secure.close(resolve));
    }
  });

  test('says what to do without an engine, before the image is looked at', async () => {
    await rm(join(folder.path, 'sock'));
    await expect(write('docker-daemon:web', [], { environment: environment() })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      hint: 'start-engine',
    });
  });

  test('takes one image', async () => {
    const ready = await image();
    await expect(write('docker-daemon:web', [ready, ready], { environment: environment() })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

describe('containers-storage:', () => {
  test('streams an OCI archive to Podman’s service, whose manifest stays, and gives it its other names', async () => {
    const ready = { ...(await image()), references: ['ghcr.io/acme/web:1', 'docker.io/library/web'] };
    expect(await send('containers-storage:web', ready)).toMatchObject([{ digest: ready.tree.root.digest }]);
    expect(asked).toEqual([
      'GET /_ping',
      'POST /images/load?quiet=0',
      'POST /images/docker.io/library/web:latest/tag?repo=ghcr.io%2Facme%2Fweb&tag=1',
    ]);
    expect(digestsOf(await archive('oci-archive', 'docker.io/library/web:latest'))).toEqual(digestsOf(ready));
  });

  test('sends the one image of an index without the index', async () => {
    const layout = await LayoutWriter.create(join(folder.path, 'index'));
    const one = await layout.image();
    await layout.list(await layout.index([one])).finish();
    await send('containers-storage:web', await outgoing(`oci:${layout.path}`));
    expect((await archive('oci-archive', 'docker.io/library/web:latest')).tree.root.digest).toBe(one.digest);
  });

  test('says how to start the service when there is none', async () => {
    const runtime = bareEnvironment({ CONTAINER_HOST: 'unix:///nonexistent/podman.sock' });
    await expect(write('containers-storage:web', [], { environment: runtime })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      hint: 'start-podman-service',
      message: expect.stringContaining('/nonexistent/podman.sock'),
    });
  });
});

describe('an engine’s answer', () => {
  const answerOf = (...pieces: string[]) =>
    loadResponse(
      (async function* () {
        await Promise.resolve();
        for (const piece of pieces) yield Buffer.from(piece);
      })(),
    );

  test('is an error when a line says so, however it is cut', async () => {
    expect(await answerOf('{"status":"a"}\n{"err', 'or":"it fails"}', '\n{"status":"b"}')).toMatchObject({
      error: 'it fails',
    });
    expect(await answerOf('{"errorDetail":{"message":"why"},"error":"x"}')).toMatchObject({ error: 'why' });
  });

  test('is none for progress, names with the word, and what is no JSON', async () => {
    expect(await answerOf('{"stream":"Loaded image: acme/\\"error\\":1"}\n', '"error', '\n')).toMatchObject({
      error: undefined,
    });
  });

  test('is kept in part', async () => {
    const answer = await answerOf(...Array.from({ length: 100 }, () => `${'x'.repeat(10_000)}\n`));
    expect(answer.text).toHaveLength(64 * 1024);
    await expect(answerOf(...Array.from({ length: 200 }, () => 'x'.repeat(10_000)))).rejects.toThrow('does not end');
  });
});
