import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { MakerBase } from '@electron-forge/maker-base';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import type { ResolvedForgeConfig } from '@electron-forge/shared-types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ElectronBuilderMaker } from '../../../build/forge-electron-builder-maker.ts';
import config from '../../../forge.config.ts';
import packageJson from '../../../package.json' with { type: 'json' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushboat-forge-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const plugins = config.plugins ?? [];
const makers = config.makers ?? [];

describe('the packaged app', () => {
  it('cannot be turned into a plain Node, debugged, or made to load other code', () => {
    const fuses = plugins.find((plugin) => plugin instanceof FusesPlugin)?.fusesConfig;
    expect(fuses).toMatchObject({
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    });
    expect(config.packagerConfig?.asar).toBe(true);
  });

  it('has an icon for each system', async () => {
    const icons = await readdir(new URL('../../../build/icons/', import.meta.url));
    expect(icons).toEqual(expect.arrayContaining(['icon.icns', 'icon.ico', 'icon.svg', 'png']));
  });
});

describe('Forge', () => {
  it('makes installers for each system, and archives', () => {
    const names = (platform: 'linux' | 'win32' | 'darwin') =>
      makers.flatMap((maker) => (maker instanceof MakerBase && maker.platforms.includes(platform) ? [maker.name] : []));
    expect(names('linux')).toEqual(['electron-builder', 'zip']);
    expect(names('win32')).toEqual(['electron-builder', 'zip']);
    expect(names('darwin')).toEqual(['electron-builder', 'zip']);
  });
});

describe('the maker around electron-builder', () => {
  const make = async (targetPlatform: 'linux' | 'mas') => {
    const dir = join(folder, 'Pushboat-linux-x64');
    await mkdir(join(dir, 'resources'), { recursive: true });
    await writeFile(join(dir, 'pushboat'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(dir, 'resources', 'app.asar'), 'an archive');
    // A real format needs tools that electron-builder downloads; `dir` runs all but those, and checks the configuration.
    const maker = new ElectronBuilderMaker({ linux: ['dir'], win: ['dir'], mac: ['dir'] }).clone();
    await maker.prepareConfig('x64');
    return maker.make({
      dir,
      makeDir: join(folder, 'make'),
      appName: 'Pushboat',
      targetPlatform,
      targetArch: 'x64',
      forgeConfig: config as ResolvedForgeConfig,
      packageJSON: packageJson,
    });
  };

  it('hands the packaged folder over with a configuration that electron-builder accepts, and leaves it as it was', async () => {
    expect(await make('linux')).toEqual([]);
    expect((await readdir(join(folder, 'Pushboat-linux-x64'))).toSorted()).toEqual(['pushboat', 'resources']);
    expect(await readdir(folder)).toEqual(['Pushboat-linux-x64']);
  }, 30_000);

  it('refuses a platform that it has no installers for', async () => {
    await expect(make('mas')).rejects.toThrow('no installers for mas');
  });
});
