import { homedir } from 'node:os';

/** What decides where a user's own stores and engines are. */
export interface LocalEnvironment {
  env: NodeJS.ProcessEnv;
  homeDir: string;
  platform: NodeJS.Platform;
  /** 0: the system's stores. Undefined where there are no user numbers. */
  uid: number | undefined;
}

/** That of this process. */
export function localEnvironment(env: NodeJS.ProcessEnv = process.env, homeDir: string = homedir()): LocalEnvironment {
  return { env, homeDir, platform: process.platform, uid: process.getuid?.() };
}
