import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder, with a separator at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

const windows = process.platform === 'win32';

/** Node 24 from the dev dependency `node`; it is there once the dependencies are installed. */
export const node24 = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

/** The least Node that runs our TypeScript as it is and has `node:sqlite`; also the one that Electron 45 embeds. */
const leastNode = 24;

/** The Node that scripts of ours must run on: the present one when it is new enough. */
export function nodeBinary() {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= leastNode || !existsSync(node24) ? process.execPath : node24;
}
