import { X509Certificate } from 'node:crypto';
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { dockerAddress } from '../../../../../electron/docker-api/endpoints.ts';
import { engineUnreachable } from '../../../../../electron/docker-api/errors.ts';
import { isNotThere } from '../../../../../electron/files/system-errors.ts';
import { readImageTree } from '../../../../../electron/image/tree.ts';
import { EngineSource } from '../../../../../electron/sources/docker-daemon/engine-source.ts';
import { findAllImages, findImage } from '../../../../../electron/sources/find/find-image.ts';
import { findInEngine } from '../../../../../electron/sources/find/in-engine.ts';
import type { ImageSummary } from '../../../../../shared/images.ts';
import { makeCertificates } from '../../../../fixtures/certificates.ts';
import { testEnvironment, testStores } from '../../../../fixtures/environment.ts';
import {
  type EngineAnswer,
  jsonAnswer,
  type ScriptedEngine,
  startScriptedEngine,
} from '../../../../fixtures/scripted-engine.ts';
import { tarBlocks } from '../../../../fixtures/tar.ts';
import { sha256 } from '../containers-storage/store-maker.ts';

const LAYER = Buffer.alloc(20_480, 'layer');
const CONFIG = Buffer.from(
  JSON.stringify({
    os: 'linux',
    architecture: 'arm64',
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(LAYER)}`] },
  }),
);
const ID = `sha256:${sha256(CONFIG)}`;
const MANIFEST = Buffer.from(JSON.stringify([{ Config: 'config.json', RepoTags: null, Layers: ['layer.tar'] }]));
const ARCHIVE = Buffer.concat([
  ...tarBlocks(
    [
      { name: 'config.json', bytes: CONFIG },
      { name: 'layer.tar', bytes: LAYER },
      { name: 'manifest.json', bytes: MANIFEST },
    ].map(({ name, bytes }) => ({ name, size: bytes.byteLength, blocks: [bytes] })),
  ),
]);
const INSPECT = {
  Id: ID,
  RepoTags: ['acme/web:1', 'acme/web:latest'],
  Created: '2026-01-02T03:04:05Z',
  Os: 'linux',
  Architecture: 'arm64',
  Variant: 'v8',
  Size: 20_480,
  RootFS: { Type: 'layers', Layers: [`sha256:${sha256(LAYER)}`] },
  Config: { Cmd: ['/web'], Labels: null, ExposedPorts: { '80/tcp': {} } },
};
const HISTORY = [
  { CreatedBy: 'CMD ["/web"]', Size: 0 },
  { CreatedBy: 'COPY web /', Size: 20_000 },
];

let engine: ScriptedEngine;
let answers: Map<string, EngineAnswer>;
let asked: string[];
let source: EngineSource;

beforeEach(async () => {
  asked = [];
  answers = new Map<string, EngineAnswer>([
    ['/images/json', jsonAnswer([{ Id: ID, RepoTags: INSPECT.RepoTags, Created: 1_767_323_045, Size: 20_480 }])],
    [`/images/${ID}/json`, jsonAnswer(INSPECT)],
    ['/images/acme/web:1/json', jsonAnswer(INSPECT)],
    [`/images/${ID}/history`, jsonAnswer(HISTORY)],
    [`/images/${ID}/get`, (response) => response.end(ARCHIVE)],
  ]);
  engine = await startScriptedEngine((path) => {
    asked.push(path);
    return answers.get(path);
  });
  source = new EngineSource('Docker', { kind: 'socket', path: engine.socket }, testEnvironment());
});

afterEach(async () => {
  source.close();
  await engine.stop();
});

async function only(): Promise<ImageSummary> {
  for await (const row of source.list()) return row;
  throw new Error('no image');
}

const savedNow = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`pushboat-save-${process.pid}-`));

describe('an engine', () => {
  test('lists its images with names, platform, size and time, without a save', async () => {
    expect(await only()).toMatchObject({
      name: 'acme/web:1',
      references: ['acme/web:1', 'acme/web:latest'],
      platforms: [{ os: 'linux', architecture: 'arm64', variant: 'v8' }],
      size: 20_480,
      created: '2026-01-02T03:04:05.000Z',
    });
    await only();
    expect(asked).toEqual(['/images/json', `/images/${ID}/json`, '/images/json']);
  });

  test('that is starting is asked again in a moment', async () => {
    const list = answers.get('/images/json');
    answers.set('/images/json', (response) => {
      if (list) answers.set('/images/json', list);
      response.writeHead(503).end('starting');
    });
    expect(await only()).toMatchObject({ name: 'acme/web:1' });
    expect(asked.slice(0, 2)).toEqual(['/images/json', '/images/json']);
  });

  test('describes an image without a save', async () => {
    const { manifests } = await source.details((await only()).id);
    expect(manifests).toMatchObject([
      {
        cmd: ['/web'],
        exposedPorts: ['80/tcp'],
        layers: [{ digest: `sha256:${sha256(LAYER)}`, size: 20_000, createdBy: 'COPY web /' }],
      },
    ]);
    expect(asked).not.toContain(`/images/${ID}/get`);
  });

  test('gives an image’s config and layers, again and again from one save', async () => {
    const image = await source.open((await only()).id);
    const again = await source.open((await only()).id);
    expect(again.root).toEqual(image.root);
    expect(image).toMatchObject({ name: 'acme/web:1', references: INSPECT.RepoTags, uncompressed: true });
    const { blobs } = await readImageTree(image);
    expect(blobs.map(({ descriptor }) => descriptor.digest)).toEqual([ID, `sha256:${sha256(LAYER)}`]);
    const layer = blobs.find(({ kind }) => kind === 'layer')?.descriptor;
    if (!layer) throw new Error('no layer');
    expect((await buffer(image.blob(layer))).equals(LAYER)).toBe(true);
    expect((await buffer(image.blob(layer, { offset: 7, length: 99 }))).equals(LAYER.subarray(7, 106))).toBe(true);
    expect(asked.filter((path) => path.endsWith('/get'))).toHaveLength(1);
    expect(savedNow()).toHaveLength(1);
  });

  test('is asked for a save again when the first was let go, which leaves no file', async () => {
    const image = await source.open((await only()).id);
    source.close();
    expect(savedNow()).toEqual([]);
    expect(Buffer.from(await image.read(image.root)).toString()).toContain(ID);
    expect(asked.filter((path) => path.endsWith('/get'))).toHaveLength(2);
  });

  test('that stops in the middle of a save is an error, and the next try works', async () => {
    answers.set(`/images/${ID}/get`, (response) => {
      response.writeHead(200).write(ARCHIVE.subarray(0, 9000), () => response.destroy());
    });
    const { id } = await only();
    await expect(source.open(id)).rejects.toMatchObject({ code: 'ENGINE_FAILED', hint: 'start-engine' });
    expect(savedNow()).toEqual([]);
    answers.set(`/images/${ID}/get`, (response) => response.end(ARCHIVE));
    expect((await source.open(id)).root.size).toBeGreaterThan(0);
  });

  test('that ends a save early without saying so is an error that names the archive', async () => {
    answers.set(`/images/${ID}/get`, (response) => response.end(ARCHIVE.subarray(0, 9000)));
    await expect(source.open((await only()).id)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      hint: 'retry',
      message: expect.stringMatching(/^the save of .* by Docker .*ends at byte 9000/),
    });
    expect(savedNow()).toEqual([]);
  });

  test('that cannot end a save is told in the words that it ended with', async () => {
    const { id } = await only();
    const failsWith = async (...parts: (Buffer | string)[]) => {
      answers.set(`/images/${ID}/get`, (response) => {
        for (const part of parts) response.write(part);
        response.end();
      });
      await expect(source.open(id)).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
        message: expect.stringContaining('gave up in the middle of an image: no space left'),
      });
    };
    const words = '{"errorDetail":{"message":"no space left"},"error":"no space left"}\r\n';
    await failsWith(ARCHIVE.subarray(0, 9000), words);
    await failsWith(words);
    await failsWith(ARCHIVE.subarray(0, 1024), '{"message":"no space left"}');
  });

  test('that lacks a part of an image says so, and that another try does not help', async () => {
    const { id } = await only();
    answers.set(
      `/images/${ID}/get`,
      jsonAnswer({ message: `content digest sha256:${'a'.repeat(64)}: not found` }, 500),
    );
    await expect(source.open(id)).rejects.toMatchObject({ code: 'ENGINE_FAILED', hint: 'copy-whole-image' });
    answers.set(`/images/${ID}/get`, jsonAnswer({ message: 'authorization denied by plugin' }, 403));
    await expect(source.open(id)).rejects.toMatchObject({ code: 'ENGINE_FAILED', hint: undefined });
  });

  test('that sends nothing is told of, and not a file that nobody has named', async () => {
    answers.set(`/images/${ID}/get`, (response) => response.end());
    const error: unknown = await source.open((await only()).id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      hint: 'retry',
      message: expect.stringMatching(/^the save of .* by Docker holds no/),
    });
    expect(JSON.stringify(error)).not.toContain('saved.tar');
  });

  test('that takes no path without a version is asked with its own, or the one that it names', async () => {
    const unversioned = [...answers];
    const refusals: [string, EngineAnswer][] = [
      ['1.41', (response) => response.writeHead(404, { 'Api-Version': '1.41' }).end('{"message":"page not found"}')],
      ['1.44', jsonAnswer({ message: 'client version 1.24 is too old. Minimum supported API version is 1.44' }, 400)],
      ['1.44', (response) => response.writeHead(403).end('<html>forbidden by administrative rules</html>')],
    ];
    for (const [version, refusal] of refusals) {
      answers = new Map(unversioned.map(([path]) => [path, refusal]));
      for (const [path, answer] of unversioned) answers.set(`/v${version}${path}`, answer);
      answers.set('/_ping', (response) => response.setHeader('Api-Version', version).end('OK'));
      const strict = new EngineSource('Docker', { kind: 'socket', path: engine.socket }, testEnvironment());
      expect(await strict.names()).toEqual(INSPECT.RepoTags);
      asked = [];
      expect(await strict.find('acme/web:1')).toMatchObject({ name: 'acme/web:1' });
      expect(asked).toEqual([`/v${version}/images/acme/web:1/json`]);
      strict.close();
    }
  });

  test('that forbids it under any version is told in its own words', async () => {
    answers.set('/images/json', (response) => response.writeHead(403).end('<h1>403 Forbidden</h1>\nnot allowed'));
    answers.set('/v1.44/images/json', (response) => response.writeHead(403).end('<h1>403 Forbidden</h1>'));
    await expect(source.names()).rejects.toMatchObject({
      message: expect.stringMatching(/: 403 Forbidden not allowed$/),
    });
  });

  test('may leave out or change what only describes an image', async () => {
    const row = { Id: ID.slice('sha256:'.length), RepoTags: [null, 'acme/web:1'], Created: '2026-01-02', Size: -1 };
    answers.set('/images/json', jsonAnswer([row]));
    answers.set(`/images/${ID}/json`, jsonAnswer({ ...row, RootFS: [], Config: { Labels: { a: null }, Cmd: 'sh' } }));
    expect(await only()).toMatchObject({ name: 'acme/web:1', size: undefined, created: undefined });
    expect((await source.open((await only()).id)).root.size).toBeGreaterThan(0);
    answers.set('/images/json', jsonAnswer(null));
    expect(await source.names()).toEqual([]);
  });

  test('says no date of an image that has none', async () => {
    answers.set('/images/json', jsonAnswer([{ Id: ID, RepoTags: ['acme/web:1'], Created: -62_135_596_800 }]));
    expect((await only()).created).toBeUndefined();
  });

  test('that refuses to describe one image shows it as broken, and the others', async () => {
    const other = `sha256:${'b'.repeat(64)}`;
    answers.set(
      '/images/json',
      jsonAnswer([
        { Id: other, RepoTags: ['acme/old:1'] },
        { Id: ID, RepoTags: ['acme/web:1'] },
      ]),
    );
    answers.set(`/images/${other}/json`, jsonAnswer({ message: 'layer does not exist' }, 500));
    const rows: ImageSummary[] = [];
    for await (const row of source.list()) rows.push(row);
    expect(rows.map(({ name, kind }) => [name, kind])).toEqual([
      ['acme/old:1', 'broken'],
      ['acme/web:1', 'image'],
    ]);
  });

  test('is not waited for after a cancel', async () => {
    answers.set(`/images/${ID}/get`, (response) => response.writeHead(200).write(ARCHIVE.subarray(0, 600)));
    const { id } = await only();
    await expect(source.open(id, AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(savedNow).toEqual([]);
  });

  test('finds images by name, and says when there is none', async () => {
    expect(await source.find('acme/web:1')).toMatchObject({ name: 'acme/web:1' });
    expect(await source.find('none')).toBeUndefined();
    await expect(source.open((await only()).id.replace(ID, `sha256:${'0'.repeat(64)}`))).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    await expect(source.find('../../containers/json?x#y')).resolves.toBeUndefined();
    expect(asked.at(-1)).toBe('/images/../../containers/json%3Fx%23y/json');
  });

  test('that refuses, or answers with something else, is told in its own words', async () => {
    answers.set('/images/json', jsonAnswer({ message: 'disk is full' }, 500));
    await expect(only()).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      facts: { status: 500, detail: 'disk is full' },
    });
    answers.set('/images/json', (response) => response.end('<html>'));
    await expect(only()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    answers.set('/images/json', jsonAnswer([{ Id: '../../x' }]));
    await expect(only()).rejects.toMatchObject({ code: 'ENGINE_FAILED', message: expect.stringContaining('0.Id') });
  });

  test('knows images by the names that docker push takes, and their other tags', async () => {
    const environment = () => ({
      env: { DOCKER_HOST: `unix://${engine.socket}` },
      homeDir: engine.folder,
      platform: 'win32' as const,
      uid: undefined,
      temporaryDir: tmpdir(),
    });
    const options = { imagesStoreDir: join(engine.folder, 'none'), cwd: engine.folder, ...testStores(environment()) };
    expect(await findImage('acme/web:1', options)).toMatchObject({
      ref: 'docker-daemon:acme/web:1',
      references: ['acme/web:1'],
    });
    answers.set('/images/acme/web/json', jsonAnswer(INSPECT));
    expect(await findImage('docker-daemon:acme/web', options)).toMatchObject({
      name: 'acme/web:latest',
      references: ['acme/web:latest'],
      note: expect.stringMatching(/acme\/web has 2 tags.*--all-tags takes 1/),
    });
    const all = await findAllImages('acme/web', options);
    expect(all.map(({ references }) => references)).toEqual([INSPECT.RepoTags]);
    answers.delete('/images/acme/web/json');
    answers.set('/images/json', jsonAnswer([{ Id: ID, RepoTags: ['acme/web:1', 'acme/web:2', 'acme/other:3'] }]));
    for (const text of ['acme/web', 'docker-daemon:acme/web', 'docker.io/acme/web'])
      await expect(findImage(text, options)).rejects.toMatchObject({
        code: 'IMAGE_AMBIGUOUS',
        message: expect.stringMatching(/2 tags of .*acme\/web \(1, 2\).*--all-tags/),
      });
    await expect(findImage('acme/web:3', options)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      facts: { candidates: ['acme/web:1', 'acme/web:2'] },
    });
  });

  test('that gives one image of a manifest list, as Podman’s service does, is not taken to give the list', async () => {
    answers.set('/images/acme/list:1/json', jsonAnswer(INSPECT));
    const environment = { ...testEnvironment(), env: { DOCKER_HOST: `unix://${engine.socket}` } };
    const find = () => findInEngine('Docker', 'acme/list:1', environment);
    expect(await find()).toMatchObject({ name: 'acme/web:1' });
    const exists: EngineAnswer = (response) => response.writeHead(204).end();
    answers.set('/v4.0.0/libpod/manifests/acme/list:1/exists', exists);
    await expect(find()).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('containers-storage:acme/list:1'),
    });
  });

  test('whose socket may not be used says which group may', () => {
    const address = { kind: 'socket' as const, path: engine.socket };
    const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    const error = engineUnreachable('Docker', address, denied);
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', hint: 'join-engine-group' });
    expect(error.message).toMatch(/only root/);
    const group = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , gid]) => gid !== '0');
    chownSync(address.path, process.getuid?.() ?? 0, Number(group?.[2]));
    expect(engineUnreachable('Docker', address, denied).message).toContain(
      `only root and members of the group ${group?.[0]} may use`,
    );
  });

  test('is reached over TLS with the certificates of DOCKER_CERT_PATH, and shows its own to be verified', async () => {
    const { ca, server } = await makeCertificates();
    // The tests' certificate is one for servers: it is asked for, and looked at here, but not judged.
    const options = { ...server, requestCert: true, rejectUnauthorized: false };
    const shown: string[] = [];
    const overTls = createTlsServer(options, (request, response) => {
      shown.push((request.socket as TLSSocket).getPeerCertificate().fingerprint256);
      engine.server.emit('request', request, response);
    });
    await new Promise<void>((resolve) => overTls.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      overTls.closeAllConnections();
      await new Promise((resolve) => overTls.close(resolve));
    });
    const { port } = overTls.address() as AddressInfo;
    const files = { 'ca.pem': ca.cert, 'cert.pem': server.cert, 'key.pem': server.key };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(engine.folder, name), text);
    const reach = async (env: NodeJS.ProcessEnv) => {
      const given = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: '1', ...env };
      const address = await dockerAddress({
        env: given,
        homeDir: engine.folder,
        platform: 'linux',
        uid: 1000,
        temporaryDir: tmpdir(),
      });
      const secure = new EngineSource('Docker', address, testEnvironment());
      return secure.names().finally(() => secure.close());
    };
    expect(await reach({ DOCKER_CERT_PATH: engine.folder })).toEqual(INSPECT.RepoTags);
    expect(shown).toEqual([new X509Certificate(server.cert).fingerprint256]);
    await expect(reach({ DOCKER_CERT_PATH: join(engine.folder, 'none') })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(/certificate \(UNABLE.*ca\.pem .*DOCKER_CERT_PATH/),
    });
  });

  test('that wants a client certificate, or speaks no TLS, is told as what it is', () => {
    const address = { kind: 'tcp' as const, host: 'h', port: 2376, tls: { verify: true } };
    const told = (code: string, message: string) =>
      engineUnreachable('Docker', address, Object.assign(new Error(message), { code })).message;
    expect(told('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '40AD:error:0A00045C:SSL routines')).toMatch(
      /wants a client certificate.*cert\.pem and key\.pem .*DOCKER_CERT_PATH/,
    );
    expect(told('EPROTO', '40AD:error:0A00010B:SSL routines:ssl3_get_record:wrong version number')).toContain(
      'it does not speak TLS',
    );
    expect(told('ERR_OSSL_UNSUPPORTED', 'error:1E08010C:DECODER routines::unsupported')).toContain(
      'the certificate or key for it cannot be used',
    );
  });

  test('that is not there is told apart from one that does not answer', async () => {
    const absent = new EngineSource(
      'Podman',
      { kind: 'socket', path: join(engine.folder, 'none.sock') },
      testEnvironment(),
    );
    const error = await absent.names().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', hint: 'start-engine' });
    expect(isNotThere(error)).toBe(true);
    const deaf = new EngineSource('Docker', { kind: 'tcp', host: '127.0.0.1', port: 1 }, testEnvironment());
    await expect(deaf.names()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });
});
