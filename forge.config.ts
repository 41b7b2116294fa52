import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import { VitePlugin } from '@electron-forge/plugin-vite';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { ElectronBuilderMaker } from './build/forge-electron-builder-maker.ts';

/** Signing needs an identity, which only a release machine has: `PUSHBOAT_SIGN=1 npx electron-forge make`. */
const signing = process.env.PUSHBOAT_SIGN
  ? { osxSign: { optionsForFile: () => ({ entitlements: 'build/entitlements.mac.plist' }) } }
  : {};

const config: ForgeConfig = {
  packagerConfig: {
    name: 'Pushboat',
    executableName: 'pushboat',
    appBundleId: 'io.pushboat.app',
    appCategoryType: 'public.app-category.developer-tools',
    appCopyright: 'Copyright the Pushboat authors. Apache License 2.0.',
    // The suffix is the platform's: .icns or .ico. On Linux the installers bring the PNGs.
    icon: 'build/icons/icon',
    asar: true,
    ...signing,
  },
  makers: [
    new ElectronBuilderMaker({ linux: ['AppImage', 'deb'], win: ['nsis'], mac: ['dmg'] }),
    new MakerZIP({}, ['darwin', 'linux', 'win32']),
  ],
  plugins: [
    new VitePlugin({
      build: [
        { entry: 'electron/main.ts', config: 'build/vite.main.config.ts', target: 'main' },
        { entry: 'electron/preload.ts', config: 'build/vite.preload.config.ts', target: 'preload' },
      ],
      renderer: [{ name: 'main_window', config: 'build/vite.renderer.config.ts' }],
    }),
    // What the packaged executable can no longer be talked into, whoever starts it.
    new FusesPlugin({
      version: FuseVersion.V1,
      resetAdHocDarwinSignature: true,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      // Playwright drives a packaged app through the inspector; only a build made for that has it.
      [FuseV1Options.EnableNodeCliInspectArguments]: process.env.PUSHBOAT_TEST_BUILD === '1',
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    }),
  ],
};

export default config;
