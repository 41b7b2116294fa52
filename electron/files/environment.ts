import { join } from 'node:path';

/** What decides where a user's own stores and engines are, and where what is kept for a while lies. */
export interface LocalEnvironment {
  env: NodeJS.ProcessEnv;
  homeDir: string;
  platform: NodeJS.Platform;
  /** 0: the system's stores. Undefined where there are no user numbers. */
  uid: number | undefined;
  /** Folder for temporary files. */
  temporaryDir: string;
}

/** Of this process, with what only the composition root knows. */
export function localEnvironment(given: Pick<LocalEnvironment, 'env' | 'homeDir' | 'temporaryDir'>): LocalEnvironment {
  return { ...given, platform: process.platform, uid: process.getuid?.() };
}

/** What decides where `registries.conf` is. */
export interface RegistriesConfSetting {
  env: NodeJS.ProcessEnv;
  homeDir: string;
  /** `/etc`; tests have their own. */
  etcDir?: string | undefined;
}

/** Where containers-registries.conf(5) is looked for, also by the first lines of a command, which load no reader of it. */
export function registriesConfPlaces({ env, homeDir, etcDir = '/etc' }: RegistriesConfSetting) {
  const own = join(homeDir, '.config', 'containers', 'registries.conf');
  const system = join(etcDir, 'containers', 'registries.conf');
  return {
    /** The one file that counts instead of `files`, where somebody names it. */
    named: env['CONTAINERS_REGISTRIES_CONF'] || undefined,
    /** The first that is there counts. */
    files: [own, system],
    /** Of files that are read besides, the later ones counting more. */
    folders: [`${system}.d`, `${own}.d`],
  };
}
