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
      desktop: { entry: { StartupWMClass: 'Pushboat', Keywords: 'container;image;registry;OCI;Docker;Podman;' } },
      vendor: 'Pushboat',
    },
    win: { icon: 'build/icons/icon.ico' },
    nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
    // Forge has signed what is inside.
    mac: { icon: 'build/icons/icon.icns', category: 'public.app-category.developer-tools', identity: null },
    dmg: { sign: false },
  };
}
