import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Files that break one rule each, and one that breaks none. */
const files = {
  'shared/pure.ts': 'export const one = 1;',
  'shared/uses-node.ts': "import 'node:fs';",
  'shared/uses-engine.ts': "import '../electron/image/plain.ts';",
  'renderer/uses-engine.ts': "import type { one } from '../electron/image/plain.ts';",
  'renderer/uses-node.ts': "import { join } from 'node:path'; join();",
  'renderer/stores/plain.ts': "export { one } from '../../shared/pure.ts';",
  'renderer/stores/uses-view.ts': "import '../features/a/one.ts';",
  'renderer/ui/uses-view.ts': "import '../features/a/one.ts';",
  'renderer/features/a/one.ts': "export { one } from '../../stores/plain.ts';",
  'renderer/features/a/two.ts': "import '../b/one.ts';",
  'renderer/features/b/one.ts': "export { one } from '../../../shared/pure.ts';",
  'renderer/features/b/two.ts': "import '../a/one.ts';",
  'renderer/uses-shared.ts': "import '../shared/pure.ts';",
  'electron/image/plain.ts': "export { one } from '../../shared/pure.ts';",
  'electron/image/uses-network.ts': "import { Agent } from 'undici'; new Agent();",
  'electron/image/uses-store.ts': "import type { one } from '../sources/plain.ts';",
  'electron/image/tar/plain.ts': "export { one } from '../../../shared/pure.ts';",
  'electron/image/uses-tar.ts': "import './tar/plain.ts';",
  'electron/image/tar/uses-image.ts': "import '../plain.ts';",
  'electron/image/convert/plain.ts': "export { one } from '../plain.ts';",
  'electron/image/uses-convert.ts': "import './convert/plain.ts';",
  'electron/sources/plain.ts': "export { one } from '../image/plain.ts';",
  'electron/docker-api/plain.ts': "export { one } from '../../shared/pure.ts';",
  'electron/docker-api/uses-store.ts': "import type { one } from '../sources/plain.ts';",
  'electron/destinations/plain.ts': "export { one } from '../docker-api/plain.ts';",
  'electron/destinations/uses-store.ts': "import type { one } from '../sources/plain.ts';",
  'electron/destinations/uses-registry.ts': "import '../registry/plain.ts';",
  'electron/sources/catalog/plain.ts': "export { one } from '../plain.ts';",
  'electron/sources/uses-catalog.ts': "import './catalog/plain.ts';",
  'electron/sources/find/uses-catalog.ts': "import '../catalog/plain.ts';",
  'electron/sources/one/plain.ts': "export { one } from '../plain.ts';",
  'electron/sources/one/uses-two.ts': "import '../two/plain.ts';",
  'electron/sources/two/plain.ts': "export { one } from '../plain.ts';",
  'electron/sources/two/uses-one.ts': "import '../one/plain.ts';",
  'electron/sources/uses-room.ts': "import './one/plain.ts';",
  'electron/sources/uses-destination.ts': "import '../destinations/plain.ts';",
  'electron/access/plain.ts': "export { one } from '../registry/plain.ts';",
  'electron/access/uses-transfers.ts': "import '../transfers/plain.ts';",
  'electron/registry/plain.ts': "export { one } from '../../shared/pure.ts';",
  'electron/registry/uses-transfers.ts': "import type { one } from '../transfers/plain.ts';",
  'electron/registry/uses-store.ts': "import '../sources/plain.ts';",
  'electron/signatures/plain.ts': "export { one } from '../image/plain.ts';",
  'electron/signatures/uses-registry.ts': "import '../registry/plain.ts';",
  'electron/policy/plain.ts': "export { one } from '../signatures/plain.ts';",
  'electron/policy/uses-store.ts': "import '../sources/plain.ts';",
  'electron/transfers/plain.ts': "export { one } from '../destinations/plain.ts';",
  'electron/transfers/push/plain.ts': "export { one } from '../plain.ts';",
  'electron/transfers/export/uses-push.ts': "import '../push/plain.ts';",
  'electron/transfers/content/uses-push.ts': "import '../push/plain.ts';",
  'electron/transfers/uses-push.ts': "import './push/plain.ts';",
  'electron/transfers/uses-store.ts': "import '../sources/plain.ts';",
  'electron/transfers/uses-electron.ts': "import { app } from 'electron'; app.quit();",
  'electron/transfers/uses-electron-types.ts': "import type { App } from 'electron'; export type A = App;",
  'electron/transfers/uses-entry.ts': "import '../cli/plain.ts';",
  'electron/cli/plain.ts': "export { one } from '../transfers/plain.ts';",
  'electron/cli/uses-electron.ts': "import { app } from 'electron'; app.quit();",
  'electron/cli/uses-test.ts': "import '../../test/helper.ts';",
  'electron/desktop/uses-electron.ts': "import { app } from 'electron'; app.quit();",
  'electron/credentials/circle-a.ts': "import type { B } from './circle-b.ts'; export type A = B;",
  'electron/credentials/circle-b.ts': "import type { A } from './circle-a.ts'; export type B = A;",
  'test/helper.ts': "import '../electron/desktop/uses-electron.ts';",
};

const root = fileURLToPath(new URL('../../../', import.meta.url));
let folder: string;
let violations: { from: string; rule: { name: string } }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushboat-layers-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), `${text}\n`);
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.json']) await copyFile(join(root, file), join(folder, file));
  violations = cruise();
}, 30_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function cruise() {
  const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const parser = join(root, 'build/lint/typescript-6.mjs');
  const config = join(root, 'build/lint/dependency-cruiser.cjs');
  const args = ['--import', parser, tool, '--config', config, '--output-type', 'json'];
  const { stdout } = spawnSync(process.execPath, [...args, 'shared', 'renderer', 'electron', 'test'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout).summary.violations as typeof violations;
}

const brokenBy = (file: string) =>
  violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name);

describe('the layer rules', () => {
  it.each<[keyof typeof files, string]>([
    ['shared/uses-node.ts', 'shared-has-no-node'],
    ['shared/uses-engine.ts', 'shared-is-pure'],
    ['renderer/uses-engine.ts', 'renderer-imports-only-shared'],
    ['renderer/uses-node.ts', 'renderer-has-no-node'],
    ['renderer/stores/uses-view.ts', 'stores-and-models-know-no-view'],
    ['renderer/ui/uses-view.ts', 'ui-knows-no-feature'],
    ['electron/image/uses-network.ts', 'image-has-no-network'],
    ['electron/image/uses-store.ts', 'image-imports-only'],
    ['electron/image/uses-convert.ts', 'ground-knows-no-room'],
    ['electron/image/tar/uses-image.ts', 'tar-stands-alone'],
    ['electron/sources/uses-room.ts', 'ground-knows-no-room'],
    ['electron/sources/uses-destination.ts', 'sources-imports-only'],
    ['electron/sources/uses-catalog.ts', 'stores-know-no-catalog'],
    ['electron/sources/find/uses-catalog.ts', 'catalog-and-find-are-siblings'],
    ['electron/destinations/uses-store.ts', 'destinations-imports-only'],
    ['electron/destinations/uses-registry.ts', 'destinations-imports-only'],
    ['electron/docker-api/uses-store.ts', 'docker-api-imports-only'],
    ['electron/registry/uses-transfers.ts', 'registry-imports-only'],
    ['electron/registry/uses-store.ts', 'registry-imports-only'],
    ['electron/access/uses-transfers.ts', 'access-imports-only'],
    ['electron/signatures/uses-registry.ts', 'signatures-imports-only'],
    ['electron/policy/uses-store.ts', 'policy-imports-only'],
    ['electron/transfers/export/uses-push.ts', 'push-and-export-are-siblings'],
    ['electron/transfers/content/uses-push.ts', 'content-and-journal-know-no-transfer'],
    ['electron/transfers/uses-push.ts', 'only-job-works-knows-both'],
    ['electron/transfers/uses-store.ts', 'transfers-imports-only'],
    ['electron/transfers/uses-electron.ts', 'only-the-shell-knows-electron'],
    ['electron/transfers/uses-electron-types.ts', 'only-the-shell-knows-electron'],
    ['electron/transfers/uses-entry.ts', 'engine-knows-no-entry'],
    ['electron/cli/uses-electron.ts', 'only-the-shell-knows-electron'],
    ['electron/cli/uses-test.ts', 'app-does-not-import-tests'],
    ['electron/credentials/circle-a.ts', 'no-cycles'],
  ])('catch %s', (file, rule) => {
    expect(brokenBy(file)).toContain(rule);
  });

  it('catch features that import each other, whichever files do', () => {
    expect(brokenBy('renderer/features/a')).toContain('no-circles-of-features');
  });

  it('catch folders of the engine that import each other, whichever files do', () => {
    expect(brokenBy('electron/sources/one')).toContain('no-circles-of-folders');
  });

  it.each<keyof typeof files>([
    'shared/pure.ts',
    'renderer/uses-shared.ts',
    'renderer/stores/plain.ts',
    'renderer/features/a/one.ts',
    'electron/access/plain.ts',
    'electron/policy/plain.ts',
    'electron/image/plain.ts',
    'electron/image/uses-tar.ts',
    'electron/image/convert/plain.ts',
    'electron/docker-api/plain.ts',
    'electron/sources/plain.ts',
    'electron/sources/catalog/plain.ts',
    'electron/destinations/plain.ts',
    'electron/transfers/plain.ts',
    'electron/transfers/push/plain.ts',
    'electron/cli/plain.ts',
    'electron/desktop/uses-electron.ts',
    'test/helper.ts',
  ])('let %s pass', (file) => {
    expect(brokenBy(file)).toEqual([]);
  });
});
