import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates, writeCertDir } from '../../fixtures/certificates.ts';
import { LayoutWriter, makeLayout } from '../../fixtures/layouts.ts';
import { makeTempDir } from '../../fixtures/temp-dir.ts';
import { run } from '../../fixtures/tools.ts';
import { digestOf } from '../../registry/blob-store.ts';
import { startRegistry } from '../../registry/server.ts';

const users = { ann: 'pass word' };

test.each(['none', 'basic', 'bearer'] as const)('skopeo pushes and reads back with auth %s over HTTP', async (kind) => {
  await using folder = await makeTempDir('skopeo');
  await using registry = await startRegistry({ auth: kind === 'none' ? { kind } : { kind, users } });
  const { path, image } = await makeLayout(join(folder.path, 'layout'), {
    layers: 4,
    layerSize: 200_000,
    refName: '1.0',
  });
  const login = kind === 'none' ? [] : ['ann:pass word'];
  const reference = `docker://${registry.host}/acme/web:1.0`;
  const dest = ['--dest-tls-verify=false', ...login.flatMap((text) => ['--dest-creds', text])];
  await run('skopeo', ['copy', '--preserve-digests', ...dest, `oci:${path}:1.0`, reference]);
  expect(registry.tags('acme/web').get('1.0')).toBe(image.digest);

  const source = ['--tls-verify=false', ...login.flatMap((text) => ['--creds', text])];
  const raw = await run('skopeo', ['inspect', '--raw', ...source, reference]);
  expect(digestOf(raw.stdout)).toBe(image.digest);
  const back = join(folder.path, 'back');
  const from = ['--src-tls-verify=false', ...login.flatMap((text) => ['--src-creds', text])];
  await run('skopeo', ['copy', '--preserve-digests', ...from, reference, `oci:${back}:1.0`]);
  expect(digestOf((await run('skopeo', ['inspect', '--raw', `oci:${back}:1.0`])).stdout)).toBe(image.digest);
  if (kind !== 'none') {
    const refused = await run('skopeo', ['inspect', '--tls-verify=false', '--creds', 'ann:wrong', reference], {
      accept: [1],
    });
    expect(refused.stderr).toMatch(/unauthorized|authentication required|incorrect username/i);
  }
});

test('skopeo pushes an index over HTTPS', async () => {
  await using folder = await makeTempDir('skopeo');
  const certificates = await makeCertificates();
  await using registry = await startRegistry({ tls: certificates.server, auth: { kind: 'bearer', users } });
  const layout = await LayoutWriter.create(join(folder.path, 'layout'));
  const index = await layout.multiPlatform([
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
  ]);
  await layout.list(index, { refName: 'multi' }).finish();
  const certDir = await writeCertDir(join(folder.path, 'certs'), certificates);
  const reference = `docker://${registry.host}/acme/multi:1`;
  const login = ['--dest-creds', 'ann:pass word', '--dest-cert-dir', certDir];
  await run('skopeo', ['copy', '--all', '--preserve-digests', ...login, `oci:${layout.path}:multi`, reference]);
  expect(registry.tags('acme/multi').get('1')).toBe(index.digest);
  expect(registry.manifests('acme/multi').size).toBe(3);
});
