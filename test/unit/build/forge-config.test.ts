import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { MakerBase } from '@electron-forge/maker-base';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import type { ResolvedForgeConfig } from '@electron-forge/shared-types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
  it('makes installers for each system, and archives', async () => {
    const names = (platform: 'linux' | 'win32' | 'darwin') =>
      makers.flatMap((maker) => (maker instanceof MakerBase && maker.platforms.includes(platform) ? [maker.name] : []));
    expect(names('linux')).toEqual(['electron-builder', 'zip']);
    expect(names('win32')).toEqual(['electron-builder', 'zip']);
    expect(names('darwin')).toEqual(['electron-builder', 'zip']);
    const builder = makers.find((maker) => maker instanceof ElectronBuilderMaker)?.clone();
    await builder?.prepareConfig('arm64');
    expect(builder?.config).toEqual({ linux: ['AppImage', 'deb', 'rpm'], win: ['nsis'], mac: ['dmg'] });
  });
});

describe('the maker around electron-builder', () => {
  const make = async (targetPlatform: 'linux' | 'mas', linux = ['dir'], targetArch: 'x64' | 'arm64' = 'x64') => {
    const dir = join(folder, 'Pushboat-linux');
    await mkdir(join(dir, 'resources'), { recursive: true });
    await writeFile(join(dir, 'pushboat'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(dir, 'resources', 'app.asar'), 'an archive');
    const maker = new ElectronBuilderMaker({ linux, win: ['dir'], mac: ['dir'] }).clone();
    await maker.prepareConfig(targetArch);
    return maker.make({
      dir,
      makeDir: join(folder, 'make'),
      appName: 'Pushboat',
      targetPlatform,
      targetArch,
      forgeConfig: config as ResolvedForgeConfig,
      packageJSON: packageJson,
    });
  };

  it('hands the packaged folder over with a configuration that electron-builder accepts, and leaves it as it was', async () => {
    // A real format needs tools that electron-builder downloads; `dir` runs all but those, and checks the configuration.
    expect(await make('linux')).toEqual([]);
    expect((await readdir(join(folder, 'Pushboat-linux'))).toSorted()).toEqual(['pushboat', 'resources']);
    expect(await readdir(folder)).toEqual(['Pushboat-linux']);
  }, 30_000);

  it.each([
    ['x64', 'amd64.deb', 'x86_64.rpm'],
    ['arm64', 'arm64.deb', 'aarch64.rpm'],
  ] as const)(
    'gives packages of Linux for %s their name, what to open with them, and the command',
    async (arch, ...endings) => {
      vi.stubEnv('CUSTOM_FPM_PATH', await writeStandIn());
      const made = await make('linux', ['deb', 'rpm'], arch);
      const files = endings.map((ending) => join(folder, 'make', `Pushboat-${packageJson.version}-linux-${ending}`));
      expect(new Set(made)).toEqual(new Set(files));
      for (const file of files) {
        const { args, desktop, afterInstall } = JSON.parse(await readFile(file, 'utf8')) as Asked;
        expect(args[args.indexOf('--architecture') + 1]).toMatch(arch === 'x64' ? /^amd64$/ : /^(arm64|aarch64)$/);
        expect(args[args.indexOf('--name') + 1]).toBe('pushboat');
        // Without these the app does not start on a system that has no desktop with sound.
        expect(args.join(' ')).toMatch(/libgbm1\)? -d .*libasound2/);
        const places = args.flatMap((arg) => arg.split('=')[1] ?? []);
        expect(places).toContain('/opt/Pushboat');
        expect(places).toContain('/usr/share/applications/pushboat.desktop');
        expect(places).toContain('/usr/share/icons/hicolor/256x256/apps/pushboat.png');
        expect(places).toContain('/usr/share/metainfo/io.pushboat.app.metainfo.xml');
        expect(places).toContain('/usr/share/man/man1/pushboat.1');
        expect(places).toContain('/usr/share/bash-completion/completions/pushboat');
        expect(desktop.split('\n')).toEqual(
          expect.arrayContaining([
            'Name=Pushboat',
            'Exec=/opt/Pushboat/pushboat -- %F',
            'Icon=pushboat',
            'StartupWMClass=Pushboat',
            'MimeType=application/x-tar;application/gzip;application/zstd;',
            'Categories=Development;',
            expect.stringMatching(/^Comment\[zh_CN\]=/),
          ]),
        );
        expect(afterInstall).toContain("ln -sf '/opt/Pushboat/pushboat' '/usr/bin/pushboat'");
      }
    },
    60_000,
  );

  it('tells software centres what the desktop file tells desktops', async () => {
    const metainfo = await readFile(new URL('../../../build/io.pushboat.app.metainfo.xml', import.meta.url), 'utf8');
    expect(metainfo).toContain(`<launchable type="desktop-id">${packageJson.desktopName}</launchable>`);
    expect(metainfo).toContain(`<url type="homepage">${packageJson.homepage}</url>`);
    expect(metainfo).toContain(`<project_license>${packageJson.license}</project_license>`);
  });

  it('refuses a platform that it has no installers for', async () => {
    await expect(make('mas')).rejects.toThrow('no installers for mas');
  });
});

/** What the program that makes packages is asked for. */
interface Asked {
  args: string[];
  desktop: string;
  afterInstall: string;
}

/** Stands in for fpm, which electron-builder would download: its packages hold what it was asked for. */
async function writeStandIn(): Promise<string> {
  const script = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const after = (flag) => args[args.indexOf(flag) + 1];
const [desktop] = args.find((arg) => arg.includes('.desktop=')).split('=');
const [desktopText, afterInstall] = [desktop, after('--after-install')].map((file) => readFileSync(file, 'utf8'));
writeFileSync(after('--package'), JSON.stringify({ args, desktop: desktopText, afterInstall }));
`;
  const path = join(folder, 'fpm');
  await writeFile(path, script, { mode: 0o755 });
  return path;
}
