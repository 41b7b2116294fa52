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
