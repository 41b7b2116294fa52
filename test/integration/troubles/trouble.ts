import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { Scene } from '../scene.ts';

/** Something that is wrong, how it shows, and how it is put right. */
export interface Trouble {
  what: string;
  /** Bytes of each layer. Default 2,000. */
  layerSize?: number;
  /** Brings the trouble about, after the image was chosen. Returns what puts it right. */
  cause(scene: Scene): Promise<() => unknown>;
  /** Default: a repository of the scene's registry. */
  target?: string;
  code: ErrorCode;
  /** What happened, and why, in the text for people. */
  says: RegExp;
  /** What to do next. */
  next: RegExp;
  status?: 1 | 3;
  /** Whether the command line is run too; it waits longer between tries. Default true. */
  commandLine?: boolean;
  /** A name that nobody can make resolve: the retry fails in the same way. */
  stays?: boolean;
}

/** The request that ends (and usually is) an upload. */
export const PUT_BLOB = { method: 'PUT', path: /\/blobs\/uploads\// };
