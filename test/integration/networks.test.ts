import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../fixtures/certificates.ts';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { type Squid, startSquid } from '../fixtures/squid.ts';
import { run } from '../fixtures/tools.ts';
import { type CliHome, makeCliHome } from './command-line.ts';

let home: CliHome;
let registry: DockerRegistry;
let squid: Squid;
let layout: string;
/** The registry by the name that only the proxy knows. */
let named: string;

beforeAll(async () => {
  [home, registry, squid] = await Promise.all([
    makeCliHome(),
    startDockerRegistry({ tls: 'wrongName' }),
    startSquid('me', 'p:w@'),
  ]);
  named = registry.host.replace('127.0.0.1', 'registry.example');
  layout = (await makeLayout(join(home.path, 'layout'), { layerSize: 3_000_000 })).path;
});
afterAll(async () => {
  await Promise.all([registry.stop(), squid[Symbol.asyncDispose]()]);
  await home.remove();
});

async function write(path: string, text: string): Promise<void> {
  const whole = join(home.env['HOME'] ?? '', path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
}

const push = (target: string, env: Record<string, string> = {}, ...options: string[]) =>
  home.cli(['push', `oci:${layout}`, target, ...options], { env });

describe('behind a company’s proxy, with a private CA', () => {
  const env = () => ({ HTTPS_PROXY: `http://me:p%3Aw%40@${squid.host}` });

  test('a push goes through squid with its login, trusts the CA of certs.d, and resolve says so', async () => {
    const { ca } = await makeCertificates();
    const untrusted = await push(`${named}/a/web:1`, env());
    expect(untrusted.stderr).toMatch(/certificate that is not trusted/);
    await write(`.config/containers/certs.d/${named}/ca.crt`, ca.cert);
    const { status, stderr } = await push(`${named}/a/web:1`, env());
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    const { stdout } = await home.cli(['resolve', `${named}/a/web:1`], { env: env() });
    expect(stdout).toContain(`http://${squid.host}, as me (from HTTPS_PROXY)`);
    expect(stdout).toMatch(new RegExp(`CA file: +.*certs\\.d/${named}/ca\\.crt`));
    expect(stdout).not.toContain('p:w');
  });

  test('a wrong login is the proxy’s refusal, and its password is nowhere', async () => {
    const { status, stderr } = await push(`${named}/a/web:1`, { HTTPS_PROXY: `http://me:secret7@${squid.host}` });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/The proxy http:\/\/127\.0\.0\.1:\d+ refuses the login of me/);
    expect(stderr).not.toContain('secret7');
  });
});

describe('registries.conf as skopeo takes it', () => {
  const skopeo = async (target: string): Promise<number> => {
    const tried = run('skopeo', ['copy', `oci:${layout}`, `docker://${target}`], {
      env: { HOME: home.env['HOME'] ?? '' },
    });
    return tried.then(
      () => 0,
      () => 1,
    );
  };

  test.each([
    ['nothing', '', 'app', 1],
    ['insecure', '[[registry]]\nlocation = "HOST"\ninsecure = true', 'app', 0],
    ['insecure for a part', '[[registry]]\nlocation = "HOST/team"\ninsecure = true', 'team/app', 0],
    ['insecure for another part', '[[registry]]\nlocation = "HOST/team"\ninsecure = true', 'teams/app', 1],
    [
      'blocked within insecure',
      '[[registry]]\nlocation = "HOST"\ninsecure = true\n[[registry]]\nlocation = "HOST/no"\nblocked = true',
      'no/app',
      1,
    ],
    ['insecure of version 1', '[registries.insecure]\nregistries = ["HOST"]', 'app', 0],
    [
      'blocked of version 1',
      '[registries.insecure]\nregistries = ["HOST"]\n[registries.block]\nregistries = ["HOST"]',
      'app',
      1,
    ],
  ])('%s', async (_, conf, repository, expected) => {
    await write('.config/containers/registries.conf', conf.replaceAll('HOST', registry.host));
    const target = `${registry.host}/${repository}:1`;
    const [ours, theirs] = await Promise.all([push(target), skopeo(target)]);
    expect([ours.status === 0 ? 0 : 1, theirs]).toEqual([expected, expected]);
  });
});
