import { statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { throwIfCancelled } from '../../../shared/errors.ts';
import type { ImageSummary } from '../../../shared/images.ts';
import { mapConcurrent } from '../../files/concurrent.ts';
import { realPathOf } from '../../files/contained-files.ts';
import { breathe, quickly } from '../../files/inline-io.ts';
import { gone, isAbsent, unreadable } from '../../files/system-errors.ts';
import { LAYOUT_INDEX } from '../../image/layout/file-names.ts';
import type { LocalImage } from '../../image/types.ts';
import { type LayoutEntry, openEntry, trulyListed } from './layout-entries.ts';
import type { LayoutFiles, ReadIndex, Signature } from './layout-files.ts';
import { LayoutFolderFiles } from './layout-folder-files.ts';

/** Layouts read at once: enough to keep a disk busy, few enough to leave the thread pool to running pushes. */
export const LAYOUTS_AT_ONCE = 24;

/** A direct, visible subfolder of a folder that holds layouts. */
export interface Subfolder {
  name: string;
  path: string;
  realPath: string | undefined;
}

export interface ScannedFolder {
  rows: ImageSummary[];
  /** Absent when the rows must be read again at the next scan. */
  signature?: Signature;
}

/** Direct subfolders by name, those beginning with a dot aside. @throws PushboatError SOURCE_UNREADABLE */
export async function listSubfolders(location: string): Promise<Subfolder[]> {
  try {
    const [real, entries] = await Promise.all([realPathOf(location), readdir(location, { withFileTypes: true })]);
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => ({
        name: entry.name,
        path: join(location, entry.name),
        realPath: entry.isDirectory() ? join(real, entry.name) : undefined,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw isAbsent(error) ? gone(location) : unreadable(location, error);
  }
}

export function layoutFilesOf(folder: Subfolder): LayoutFiles {
  return new LayoutFolderFiles(folder.path, folder.realPath);
}

/**
 * Scans the subfolders of one location again and again; a layout whose `index.json` has not changed since is not read a
 * second time.
 */
export class SubfolderScanner {
  readonly #location: string;
  readonly #visit: (folder: Subfolder) => Promise<ScannedFolder>;
  readonly #known = new Map<string, ScannedFolder>();

  constructor(location: string, visit: (folder: Subfolder) => Promise<ScannedFolder>) {
    this.#location = location;
    this.#visit = visit;
  }

  /** @throws PushboatError SOURCE_UNREADABLE, CANCELLED */
  async *scan(signal?: AbortSignal): AsyncGenerator<ImageSummary> {
    const folders = await listSubfolders(this.#location);
    const present = new Set(folders.map((folder) => folder.name));
    for (const name of this.#known.keys()) if (!present.has(name)) this.#known.delete(name);
    for await (const rows of mapConcurrent(folders, LAYOUTS_AT_ONCE, (folder) => this.#rowsOf(folder))) {
      throwIfCancelled(signal, 'The scan');
      yield* rows;
    }
  }

  async #rowsOf(folder: Subfolder): Promise<ImageSummary[]> {
    await breathe();
    const known = this.#known.get(folder.name);
    if (known?.signature && (await isUnchanged(join(folder.path, LAYOUT_INDEX), known.signature))) return known.rows;
    const found = await this.#visit(folder);
    this.#known.set(folder.name, found);
    return found.rows;
  }
}

async function isUnchanged(path: string, signature: Signature): Promise<boolean> {
  try {
    const { size, mtimeMs } = await quickly(
      () => statSync(path),
      () => stat(path),
    );
    return size === signature.size && mtimeMs === signature.mtimeMs;
  } catch {
    return false;
  }
}

/** What an image is opened from. */
export interface FoundEntry extends ReadIndex {
  files: LayoutFiles;
  entry: LayoutEntry;
}

/** A store whose direct subfolders are layouts: what is common to those of the `allrun image` tool and of a person. */
export abstract class SubfolderSource {
  abstract readonly id: string;
  readonly location: string;
  readonly label: string;
  readonly #scanner: SubfolderScanner;

  constructor(location: string) {
    this.location = location;
    this.label = basename(location) || location;
    this.#scanner = new SubfolderScanner(location, (folder) => this.scanFolder(folder));
  }

  list(signal?: AbortSignal): AsyncIterable<ImageSummary> {
    return this.#scanner.scan(signal);
  }

  async open(imageId: string): Promise<LocalImage> {
    const found = await this.find(imageId);
    return openEntry(found.files, found.entry, trulyListed(found.files, found), found.oddities);
  }

  /** The rows of one subfolder; a layout that is broken is a row with its error. */
  protected abstract scanFolder(folder: Subfolder): Promise<ScannedFolder>;

  /** @throws PushboatError IMAGE_NOT_FOUND, and as `LayoutFiles.readIndex` */
  protected abstract find(imageId: string): Promise<FoundEntry>;
}

/** What a scan may keep: a broken image may be mended without a change of `index.json`. */
export function scanned(rows: ImageSummary[], signature: Signature): ScannedFolder {
  return rows.some((row) => row.kind === 'broken') ? { rows } : { rows, signature };
}
