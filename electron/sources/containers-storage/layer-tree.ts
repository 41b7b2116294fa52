import { closeSync, fstatSync, lstatSync, openSync, readlink } from 'node:fs';
import { promisify } from 'node:util';
import { PushboatError } from '../../../shared/errors.ts';
import { OPEN_FLAGS, type OpenFile } from '../../files/contained-files.ts';
import { lstatAsync, openAsync, quickly } from '../../files/inline-io.ts';
import { systemCode, systemReason, unreadable } from '../../files/system-errors.ts';
import { MAX_LINKS } from '../../image/tar/resolve-member.ts';

const readlinkAsync = promisify(readlink);

const MAX_KNOWN_FOLDERS = 20_000;

/**
 * The files of one layer's tree. Names are resolved as if the tree were the root of a file system: a link on the way, absolute
 * or not, leads to a folder of the tree or nowhere. Names hold one byte per character, since they need not be UTF-8.
 */
export class LayerTree {
  readonly #root: string;
  /** What each folder's name leads to. */
  readonly #folders = new Map<string, string>();

  constructor(root: string) {
    this.#root = Buffer.from(root, 'utf8').toString('latin1');
  }

  /**
   * Opens a regular file by its name in the tar.
   * @throws PushboatError STORE_INVALID naming the file, PATH_ESCAPES, SOURCE_UNREADABLE
   */
  async open(name: string): Promise<OpenFile> {
    try {
      return await this.#open(name);
    } catch (error) {
      throw this.#explain(name, error);
    }
  }

  async #open(name: string): Promise<OpenFile> {
    const parts = this.#clean(name, name);
    const base = parts.pop();
    if (base === undefined) throw mismatch(name, 'it is not the name of a file');
    const path = this.#bytesOf(join(await this.#folder(parts, 0), base));
    const fd = await quickly(
      () => openSync(path, OPEN_FLAGS),
      () => openAsync(path, OPEN_FLAGS),
    );
    const stats = fstatSync(fd);
    const close = () => closeSync(fd);
    if (stats.isFile()) return { fd, start: 0, size: stats.size, mtimeMs: stats.mtimeMs, close };
    close();
    throw mismatch(name, 'it is not a regular file');
  }

  /** The folder that these parts lead to, below the tree. */
  async #folder(parts: readonly string[], links: number): Promise<string> {
    const name = parts.join('/');
    if (name === '') return '';
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const parent = await this.#folder(parts.slice(0, -1), links);
    const folder = await this.#step(join(parent, parts.at(-1) ?? ''), parent, links);
    if (this.#folders.size >= MAX_KNOWN_FOLDERS) this.#folders.clear();
    this.#folders.set(name, folder);
    return folder;
  }

  async #step(path: string, parent: string, links: number): Promise<string> {
    const full = this.#bytesOf(path);
    const stats = await quickly(
      () => lstatSync(full),
      () => lstatAsync(full),
    );
    if (!stats.isSymbolicLink()) return path;
    if (links >= MAX_LINKS) throw mismatch(path, 'too many links lead to one another');
    const target = (await readlinkAsync(full, { encoding: 'buffer' })).toString('latin1');
    const whole = target.startsWith('/') ? target : join(parent, target);
    return this.#folder(this.#clean(whole, path), links + 1);
  }

  /** Parts of a name without empty ones and dots. @throws PushboatError PATH_ESCAPES for one that leads above the root. */
  #clean(name: string, what: string): string[] {
    const parts: string[] = [];
    for (const part of name.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.pop() === undefined) throw this.#escapes(what);
    }
    return parts;
  }

  #bytesOf(path: string): Buffer {
    return Buffer.from(`${this.#root}/${path}`, 'latin1');
  }

  #escapes(name: string): PushboatError {
    const shown = readable(name);
    return new PushboatError('PATH_ESCAPES', `The layer's file ${shown} leads out of ${readable(this.#root)}.`, {
      path: shown,
      hint: 'points-outside',
    });
  }

  #explain(name: string, error: unknown): PushboatError {
    if (error instanceof PushboatError) return error;
    const path = this.#bytesOf(name.replace(/^(?:\.?\/)+/, '')).toString('utf8');
    switch (systemCode(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
      case 'ELOOP':
      case 'EMLINK':
      case 'ENAMETOOLONG':
        return mismatch(name, `it is not there, or is another kind of file (${systemReason(error)})`, path);
      case 'EACCES':
      case 'EPERM':
        return forbidden(path, error);
      default:
        return unreadable(path, error);
    }
  }
}

/** A file of the tree is not what the layer's tar had. */
export function mismatch(name: string, detail: string, path?: string): PushboatError {
  const shown = readable(name);
  return new PushboatError('STORE_INVALID', `The layer does not match its files: ${shown}: ${detail}.`, {
    path: path ?? shown,
    detail: `${shown}: ${detail}`,
    hint: 'rebuild-image',
  });
}

/** Rootless containers own files as other users of their user namespace, which nobody outside of it can read. */
function forbidden(path: string, cause: unknown): PushboatError {
  const detail = 'it belongs to a user of the containers’ user namespace';
  return new PushboatError('SOURCE_UNREADABLE', `Cannot read ${path}: permission denied; ${detail}.`, {
    path,
    detail,
    hint: 'use-podman-socket',
    cause,
  });
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function readable(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
