import type { Digest } from '../../../shared/digest.ts';
import type { TestRegistry } from '../../../test/registry/server.ts';

export interface Sample {
  path: string;
  /** Digest of the manifest. */
  digest: Digest;
  layers: number;
  /** Of all layers. */
  bytes: number;
}

/** What both ways of showing work with. */
export interface DemoScene {
  /** Everything that the demo writes lies here: the person's own settings and logins stay as they are. */
  folder: string;
  layout: Sample;
  registry: TestRegistry;
  /** `127.0.0.1:port/demo/hello:1.0` */
  target: string;
  login: { username: string; password: string };
  /** Ends with Ctrl-C. */
  signal: AbortSignal;
}
