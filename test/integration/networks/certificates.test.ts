import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../../fixtures/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../../fixtures/docker-registry.ts';
import { freePort, isListening } from '../../fixtures/free-port.ts';
import { makeLayout } from '../../fixtures/layouts.ts';
import { type MutualTls, startMutualTls } from '../../fixtures/nginx.ts';
import { overlaid } from '../../fixtures/overlaid.ts';
import { run } from '../../fixtures/tools.ts';
import { CLI_COMMAND, type CliHome, type CliOptions, makeCliHome } from '../command-line.ts';
import { clientAt, complaintOf } from './client.ts';

let home: CliHome;
let registry: DockerRegistry;
let nginx: MutualTls;
let certificates: Certificates;
let layout: string;

beforeAll(async () => {
  [home, registry, certificates] = await Promise.all([makeCliHome(), startDockerRegistry(), makeCertificates()]);
  nginx = await startMutualTls(registry.host);
  layout = (await makeLayout(join(home.path, 'layout'))).path;
});
afterAll(async () => {
  await nginx[Symbol.asyncDispose]();
  await registry.stop();
  await home.remove();
});

/** The folder of `certs.d`, with these files and no others. */
async function certsD(files: Record<string, string>, folder = homeFolder()): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const homeFolder = () => join(home.env['HOME'] ?? '', '.config/containers/certs.d', nginx.host);
const places = () => ({ homeDir: home.env['HOME'] ?? '' });
const known = () => ({
  'ca.crt': certificates.ca.cert,
  'me.cert': certificates.selfSigned.cert,
  'me.key': certificates.selfSigned.key,
});

/** What a client says that knows nothing yet. */
async function complaint(): Promise<string> {
  const client = clientAt(nginx.host, places(), { tls: 'verify' });
  const said = await complaintOf(client);
  await client.close();
  return said;
}

describe('a registry that asks who connects', () => {
  test('takes a push with the certificate and the key of certs.d, of --cert-dir, or that are set for it', async () => {
    const push = (...options: string[]) => home.cli(['push', `oci:${layout}`, `${nginx.host}/a/web:1`, ...options]);
    await certsD(known());
    expect(await push()).toMatchObject({ status: 0 });
    await rm(homeFolder(), { recursive: true });
    const elsewhere = await certsD(known(), join(home.path, 'elsewhere'));
    expect(await push('--cert-dir', elsewhere)).toMatchObject({ status: 0 });
    const at = (name: string) => join(elsewhere, name);
    const pair = ['--client-cert', at('me.cert'), '--client-key', at('me.key')];
    await home.cli(['registry', 'set', nginx.host, '--ca-file', at('ca.crt'), ...pair]);
    expect(await push()).toMatchObject({ status: 0 });
    await home.cli(['registry', 'remove', nginx.host]);
  });

  test('is trusted by the system’s store, or by the variables that name a file of authorities', async () => {
    const { 'ca.crt': authority, ...own } = known();
    await certsD(own);
    expect(await complaint()).toContain('a certificate that is not trusted');
    const ca = join(await certsD({ 'ca.crt': authority }, join(home.path, 'authorities')), 'ca.crt');
    const push = (options: CliOptions) => home.cli(['push', `oci:${layout}`, `${nginx.host}/a/trusted:1`], options);
    const store = [...overlaid({ '/etc/ssl/certs/ca-certificates.crt': ca }), ...CLI_COMMAND];
    const ways = [{ command: store }, { env: { SSL_CERT_FILE: ca } }, { env: { NODE_EXTRA_CA_CERTS: ca } }];
    const ends = await Promise.all(ways.map(push));
    expect(ends).toMatchObject(ways.map(() => ({ status: 0 })));
  });

  test('is not trusted because another program’s variable says that nothing is verified', async () => {
    const { 'ca.crt': _, ...own } = known();
    await certsD(own);
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { status, stderr } = await home.cli(['push', `oci:${layout}`, `${nginx.host}/a/trusted:1`], { env });
    expect(status).toBe(1);
    expect(stderr).toContain('a certificate that is not trusted');
    expect(stderr).not.toContain('NODE_TLS_REJECT_UNAUTHORIZED');
  });

  test('says what is missing when there is none, or one that it does not know', async () => {
    await certsD({ 'ca.crt': certificates.ca.cert });
    expect(await complaint()).toMatch(/wants a client certificate .*No required SSL certificate was sent/);
    await certsD({ ...known(), 'me.cert': certificates.expired.cert, 'me.key': certificates.expired.key });
    expect(await complaint()).toMatch(/does not take the client certificate .*The SSL certificate error/);
  });

  test('is understood when it says so by TLS itself', async () => {
    const port = await freePort();
    const ca = await certsD({
      'clients.pem': certificates.ca.cert,
      'tls.pem': Object.values(certificates.server).join(''),
    });
    const files = ['-CAfile', join(ca, 'clients.pem'), '-cert', join(ca, 'tls.pem'), '-key', join(ca, 'tls.pem')];
    const args = [
      's_server',
      '-accept',
      `127.0.0.1:${port}`,
      '-Verify',
      '1',
      '-verify_return_error',
      '-tls1_3',
      '-www',
      ...files,
    ];
    const server = spawn('openssl', args, { stdio: 'ignore' });
    while (!(await isListening(port)) && server.exitCode === null) await sleep(20);
    const client = clientAt(`127.0.0.1:${port}`, {}, { tls: 'no-verify' });
    const said = await complaintOf(client);
    await client.close();
    server.kill();
    await once(server, 'close');
    expect(said).toMatch(/wants a client certificate, or another one: .*certificate required/);
  });

  test('is asked with renewed files by the next connection', async () => {
    await certsD({ 'ca.crt': certificates.selfSigned.cert });
    const client = clientAt(nginx.host, places(), { tls: 'verify' });
    expect(await complaintOf(client)).toMatch(/certificate that is not trusted/);
    await certsD({ 'ca.crt': certificates.ca.cert });
    expect(await complaintOf(client)).toMatch(/No required SSL certificate/);
    await certsD(known());
    expect(await complaintOf(client)).toBe('it works');
    await client.close();
  });
});

describe('a file that is wrong is named, with what is wrong', () => {
  let encrypted: string;
  beforeEach(async () => {
    const input = certificates.selfSigned.key;
    const { stdout } = await run('openssl', ['pkcs8', '-topk8', '-passout', 'pass:x'], { input });
    encrypted = stdout.toString();
  });

  test.each<[string, string, () => Record<string, string | undefined>, RegExp]>([
    ['a certificate without key', 'me.cert', () => ({ 'me.key': undefined }), /without its key me\.key/],
    ['a key without certificate', 'me.key', () => ({ 'me.cert': undefined }), /without its certificate me\.cert/],
    ['an encrypted key', 'me.key', () => ({ 'me.key': encrypted }), /it is encrypted/],
    [
      'a key of another',
      'me.key',
      () => ({ 'me.key': certificates.ca.key }),
      /does not belong to the certificate .*me\.cert/,
    ],
    ['a key that is none', 'me.key', () => ({ 'me.key': certificates.ca.cert }), /holds no private key in PEM/],
    ['a certificate that is a key', 'me.cert', () => ({ 'me.cert': certificates.ca.key }), /holds no PEM certificate/],
    ['a CA that is none', 'ca.crt', () => ({ 'ca.crt': 'x' }), /holds no PEM certificate/],
    [
      'a CA that is cut off',
      'ca.crt',
      () => ({ 'ca.crt': certificates.ca.cert.slice(0, 300) }),
      /its certificate is damaged/,
    ],
    [
      'a second CA',
      'ca.crt',
      () => ({ 'ca.crt': `${certificates.ca.cert}${certificates.ca.cert.replace(/\n[^-]{9}/, '\n')}` }),
      /certificate 2 of 2 is damaged/,
    ],
  ])('%s', async (_, name, change, words) => {
    const files = { ...known(), ...change() };
    await certsD(
      Object.fromEntries(Object.entries(files).filter((pair): pair is [string, string] => pair[1] !== undefined)),
    );
    const said = await complaint();
    expect(said).toContain(join(homeFolder(), name));
    expect(said).toMatch(words);
  });
});
