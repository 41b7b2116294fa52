import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTempDir, type TempDir } from '../../fixtures/temp-dir.ts';

interface SystemPackage {
  package: string;
}

interface SystemPackages {
  ensureSystemPackages: (purposes: ('window' | 'tests')[]) => Promise<SystemPackage[]>;
  describeMissing: (missing: SystemPackage[]) => string;
}

// Plain JavaScript without types: it runs before anything is installed.
const { describeMissing, ensureSystemPackages } = (await import(
  new URL('../../../build/scripts/lib/system-packages.mjs', import.meta.url).href
)) as SystemPackages;

let folder: TempDir;
/** Written by the apt-get that is put in the place of the system's. */
let log: string;

beforeEach(async () => {
  folder = await makeTempDir('packages');
  log = join(folder.path, 'apt.log');
  await writeFile(join(folder.path, 'apt-get'), `#!/bin/sh\necho "$@" >> '${log}'\n`, { mode: 0o755 });
  vi.stubEnv('PATH', folder.path);
});
afterEach(() => folder.remove());

describe('who may not install packages', () => {
  beforeEach(() => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
  });

  it('is told what is missing, what for, and how to have it installed', async () => {
    const missing = await ensureSystemPackages(['tests']);
    const text = describeMissing(missing);
    expect(text).toContain('skopeo           reads back what was pushed\n');
    const names = missing.map((entry) => entry.package).join(' ');
    expect(text).toContain(
      `Install them: sudo apt-get update && sudo apt-get install --no-install-recommends ${names}`,
    );
    expect(existsSync(log)).toBe(false);
  });

  it('is told the names alone where there is no apt-get', async () => {
    vi.stubEnv('PATH', join(folder.path, 'nothing'));
    const missing = await ensureSystemPackages(['tests']);
    expect(describeMissing(missing)).toContain('install the same programs with your package manager');
  });

  it('is told nothing of what is there under another name', async () => {
    await writeFile(join(folder.path, 'google-chrome'), '#!/bin/sh\n', { mode: 0o755 });
    const missing = await ensureSystemPackages(['window']);
    expect(missing.map((entry) => entry.package)).not.toContain('chromium');
  });
});
