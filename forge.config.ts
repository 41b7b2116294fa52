import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { ElectronBuilderMaker } from './build/forge-electron-builder-maker.ts';

const {
  PUSHBOAT_SIGN,
  PUSHBOAT_ELECTRON_ZIP_DIR,
  PUSHBOAT_TEST_BUILD,
  PUSHBOAT_OUT_DIR,
  APPLE_API_KEY,
  APPLE_API_KEY_ID,
  APPLE_API_ISSUER,
  WIN_CSC_LINK,
  WIN_CSC_KEY_PASSWORD,
} = process.env;

/** Signing needs an identity, which only a release machine has: `PUSHBOAT_SIGN=1 npm run make`. */
const signing = PUSHBOAT_SIGN
  ? { osxSign: { optionsForFile: () => ({ entitlements: 'build/entitlements.mac.plist' }) } }
  : {};

/** Notarization needs a key of App Store Connect: its file, its id and its issuer. */
const notarization =
  APPLE_API_KEY && APPLE_API_KEY_ID && APPLE_API_ISSUER
    ? { osxNotarize: { appleApiKey: APPLE_API_KEY, appleApiKeyId: APPLE_API_KEY_ID, appleApiIssuer: APPLE_API_ISSUER } }
    : {};

/** On Windows the executable is signed here; electron-builder signs its installers with the same certificate. */
const windowsSigning = WIN_CSC_LINK
  ? {
      windowsSign: {
        certificateFile: WIN_CSC_LINK,
        ...(WIN_CSC_KEY_PASSWORD ? { certificatePassword: WIN_CSC_KEY_PASSWORD } : {}),
      },
    }
  : {};

/** What is packaged: the bundles without their maps. All libraries are in them. */
const PACKAGED = /^\/(package\.json|LICENSE|\.vite(\/(build|renderer)(\/.*)?)?)$/;

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
    ignore: (path) => path !== '' && (!PACKAGED.test(path) || path.endsWith('.map')),
    prune: false,
    // Where the runtime cannot be downloaded: a folder with Electron's own zip files.
    ...(PUSHBOAT_ELECTRON_ZIP_DIR ? { electronZipDir: PUSHBOAT_ELECTRON_ZIP_DIR } : {}),
    ...signing,
    ...notarization,
    ...windowsSigning,
  },
  ...(PUSHBOAT_OUT_DIR ? { outDir: PUSHBOAT_OUT_DIR } : {}),
  hooks: {
    // Forge's own plugin for Vite empties the folder of all bundles first, and with it the command line's.
    generateAssets: async () => {
      execFileSync(process.execPath, ['build/scripts/build.mjs'], { stdio: 'inherit' });
      // The command's manual page and completions, which packages of Linux have.
      execFileSync(process.execPath, ['build/scripts/cli-files.mjs'], { stdio: 'inherit' });
    },
    // The packager begins in a temporary folder, which is for its owner only, and installers keep a folder's mode: the app in /opt would
    // be root's alone (https://github.com/electron/packager/blob/main/src/packager.ts).
    postPackage: async (_config, { outputPaths }) => {
      for (const path of outputPaths) await chmod(path, 0o755);
    },
  },
  makers: [
    new ElectronBuilderMaker({ linux: ['AppImage', 'deb', 'rpm'], win: ['nsis'], mac: ['dmg'] }),
    new MakerZIP({}, ['darwin', 'linux', 'win32']),
  ],
  plugins: [
    // What the packaged executable can no longer be talked into, whoever starts it.
    new FusesPlugin({
      version: FuseVersion.V1,
      resetAdHocDarwinSignature: true,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      // Playwright drives a packaged app through the inspector; only a build made for that has it.
      [FuseV1Options.EnableNodeCliInspectArguments]: PUSHBOAT_TEST_BUILD === '1',
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    }),
  ],
};

export default config;
