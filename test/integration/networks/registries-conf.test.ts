import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../../fixtures/docker-registry.ts';
import { makeLayout } from '../../fixtures/layouts.ts';
import { run } from '../../fixtures/tools.ts';
import { type CliHome, makeCliHome } from '../command-line.ts';

let home: CliHome;
let registry: DockerRegistry;
let layout: string;

beforeAll(async () => {
  [home, registry] = await Promise.all([makeCliHome(), startDockerRegistry({ tls: 'wrongName' })]);
  layout = (await makeLayout(join(home.path, 'layout'))).path;
});
afterAll(async () => {
  await registry.stop();
  await home.remove();
});

async function write(path: string, text: string): Promise<void> {
  const whole = join(home.env['HOME'] ?? '', path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
}

const push = (target: string) => home.cli(['push', `oci:${layout}`, target]);

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
