import { join } from 'node:path';
import { MakerBase, type MakerOptions } from '@electron-forge/maker-base';
import type { ForgePlatform } from '@electron-forge/shared-types';
import { Arch, archFromString, build, type CliOptions, type Configuration } from 'electron-builder';

/** Installer formats by platform, by electron-builder's names. */
export interface ElectronBuilderTargets {
  linux: string[];
  win: string[];
  mac: string[];
}

/**
 * Makes installers with electron-builder from what Forge has packaged. Forge's part ends with a finished folder (asar,
 * fuses, signature); electron-builder only wraps it. One maker for all formats of a platform, because Forge runs makers
 * at the same time and electron-builder's runs would write into each other's folder.
 *
 * The constructor stays `MakerBase`'s `(config, platforms)`: Forge clones makers by calling it.
 */
export class ElectronBuilderMaker extends MakerBase<ElectronBuilderTargets> {
  override name = 'electron-builder';
  override defaultPlatforms: ForgePlatform[] = ['linux', 'win32', 'darwin'];

  override isSupportedOnCurrentPlatform(): boolean {
    return true;
  }

  /** @returns the paths of the installers */
  override async make({ dir, makeDir, appName, targetArch, targetPlatform }: MakerOptions): Promise<string[]> {
    return build({
      // On macOS it wraps the bundle, elsewhere the folder around the executable.
      prepackaged: targetPlatform === 'darwin' ? join(dir, `${appName}.app`) : dir,
      ...targetsOf(targetPlatform, this.config),
      [Arch[archFromString(targetArch)]]: true,
      publish: 'never',
      config: installerConfig(makeDir),
    });
  }
}

function targetsOf(
  platform: ForgePlatform,
  targets: ElectronBuilderTargets,
): Pick<CliOptions, 'linux' | 'win' | 'mac'> {
  switch (platform) {
    case 'linux':
      return { linux: targets.linux };
    case 'win32':
      return { win: targets.win };
    case 'darwin':
      return { mac: targets.mac };
    default:
      throw new Error(`there are no installers for ${platform}`);
  }
}

/** What packages of Linux have besides the app: what a software centre shows, the licence, and the command's page and completions. */
const LINUX_FILES = [
  'build/io.pushboat.app.metainfo.xml=/usr/share/metainfo/io.pushboat.app.metainfo.xml',
  'LICENSE=/usr/share/doc/pushboat/copyright',
  '.vite/cli-files/pushboat.1=/usr/share/man/man1/pushboat.1',
  '.vite/cli-files/pushboat.bash=/usr/share/bash-completion/completions/pushboat',
  '.vite/cli-files/pushboat.fish=/usr/share/fish/vendor_completions.d/pushboat.fish',
];

/**
 * What Electron's executable is linked to, by the names of Debian's packages: electron-builder's own list leaves sound and graphics out, and
 * the app does not start without (https://github.com/electron/electron/blob/main/docs/development/build-instructions-linux.md).
 */
const DEBIAN_LIBRARIES = [
  'libgtk-3-0',
  'libnotify4',
  'libnss3',
  'libxss1',
  'libxtst6',
  'xdg-utils',
  'libatspi2.0-0',
  'libuuid1',
  'libsecret-1-0',
  'libgbm1',
  'libasound2t64 | libasound2',
];
/** The same for Fedora, or else openSUSE. */
const RPM_LIBRARIES = [
  'gtk3',
  'libnotify',
  '(nss or mozilla-nss)',
  '(libXScrnSaver or libXss1)',
  '(libXtst or libXtst6)',
  'xdg-utils',
  'at-spi2-core',
  '(libuuid or libuuid1)',
  '(mesa-libgbm or libgbm1)',
  '(alsa-lib or libasound2)',
];

/** @param output the folder that the installers are written to */
function installerConfig(output: string): Configuration {
  return {
    appId: 'io.pushboat.app',
    productName: 'Pushboat',
    executableName: 'pushboat',
    directories: { output, buildResources: 'build' },
    artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
    linux: {
      category: 'Development',
      icon: 'build/icons/png',
      synopsis: 'Push local container images to registries',
      // "Open with" for what a person may have saved: the window takes it as if it was dropped there.
      mimeTypes: ['application/x-tar', 'application/gzip', 'application/zstd'],
      executableArgs: ['--', '%F'],
      desktop: {
        entry: {
          StartupWMClass: 'Pushboat',
          Keywords: 'container;image;registry;OCI;Docker;Podman;',
          'Comment[zh_CN]': '将本地容器镜像推送到镜像仓库，不需要 Docker',
          'Keywords[zh_CN]': '容器;镜像;镜像仓库;推送;',
        },
      },
      vendor: 'Pushboat',
    },
    // Debian has a folder of its own for what packages give zsh.
    deb: {
      depends: DEBIAN_LIBRARIES,
      fpm: [...LINUX_FILES, '.vite/cli-files/_pushboat=/usr/share/zsh/vendor-completions/_pushboat'],
    },
    rpm: {
      depends: RPM_LIBRARIES,
      fpm: [...LINUX_FILES, '.vite/cli-files/_pushboat=/usr/share/zsh/site-functions/_pushboat'],
    },
    win: { icon: 'build/icons/icon.ico' },
    nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
    // Forge has signed what is inside.
    mac: { icon: 'build/icons/icon.icns', category: 'public.app-category.developer-tools', identity: null },
    dmg: { sign: false },
  };
}
