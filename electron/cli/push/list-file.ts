import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { decodeText } from '../../files/text-file.ts';
import { usageError } from '../errors.ts';
import { type CommandIo, readStdinBytes } from '../io.ts';
import { speechTo } from '../language/language.ts';

/** An IMAGE and where it goes; without targets to its own reference, or where `--to` says. */
export interface ImageLine {
  image: string;
  targets: string[];
}

const listedSchema = lazySchema(() =>
  z.union([
    z.string().min(1),
    z.strictObject({
      image: z.string().min(1),
      target: z.string().min(1).optional(),
      targets: z.array(z.string().min(1)).optional(),
    }),
  ]),
);

/** The titles over what docker, podman and nerdctl print, and over what `pushboat images` does. */
const TABLE = /^(?:REPOSITORY|IMAGE|STORE) {2,}[A-Z]/;
const YAML = /\.ya?ml$/i;

/** What docker and podman print for the name of an image that has none. */
const NO_NAME = /^<none>(?::<none>)?$|:<none>$/;

/**
 * What `--from FILE` lists: a JSON array, a JSON object for each line, or a line for each image with its targets behind it. Names with spaces
 * stand in quotes, and what begins with `#` is a comment. `-` is standard input. Images without a name, as `docker images` prints them, are left
 * out, and that is said.
 * @throws PushboatError USAGE with the line or the place that is wrong; SOURCE_UNREADABLE
 */
export async function readList(file: string, io: CommandIo): Promise<ImageLine[]> {
  const text = decodeText(file === '-' ? await readStdinBytes(io) : await readListFile(file));
  if (YAML.test(file)) throw usageError(`${file} is YAML: a list of images has lines of IMAGE TARGET…, or it is JSON.`);
  if (TABLE.test(text))
    throw usageError(
      `${nameOfList(file)} is a table for people: list the names alone, as docker images --format "{{.Repository}}:{{.Tag}}" does.`,
    );
  const all = /^\s*[[{]/.test(text) ? fromJson(text, file) : fromLines(text, file);
  const listed = all.filter(({ image }) => !NO_NAME.test(image));
  if (listed.length === 0) throw usageError(`${nameOfList(file)} lists no image.`);
  const { say } = speechTo(io);
  if (listed.length < all.length)
    io.stderr.line(say`Note: Left out, because they have no name (<none>): ${all.length - listed.length}`);
  return listed;
}

async function readListFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const detail = messageOf(cause);
    const message = `The list of images ${path} cannot be read.`;
    throw new PushboatError('SOURCE_UNREADABLE', message, { path, detail, hint: 'check-permissions', cause });
  }
}

function fromLines(text: string, file: string): ImageLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const words = wordsOf(line);
    if (words === undefined)
      throw usageError(`${nameOfList(file)}, line ${index + 1}: a quotation mark is not closed.`);
    const [image, ...targets] = words;
    return image === undefined ? [] : [{ image, targets }];
  });
}

/** Those before a comment; undefined when a quotation mark is not closed. */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '' && !rest.startsWith('#')) {
    const match = /^(?:"([^"]+)"|'([^']+)'|([^\s"']\S*))(?:\s+|$)/.exec(rest);
    if (!match) return undefined;
    words.push(match[1] ?? match[2] ?? match[3] ?? '');
    rest = rest.slice(match[0].length);
  }
  return words;
}

function fromJson(text: string, file: string): ImageLine[] {
  let value: unknown;
  try {
    value = /^\s*\[/.test(text) ? JSON.parse(text) : linesOf(text).map((line): unknown => JSON.parse(line));
  } catch (error) {
    throw usageError(`${nameOfList(file)} is not valid JSON: ${messageOf(error)}`);
  }
  const parsed = z.array(listedSchema).safeParse(value);
  if (!parsed.success) {
    const [index] = parsed.error.issues[0]?.path ?? [];
    throw usageError(
      `${nameOfList(file)}, entry ${Number(index ?? 0) + 1}: expected {"image": "…", "target": "…"}, or the image alone.`,
    );
  }
  return parsed.data.map((entry) => {
    if (typeof entry === 'string') return { image: entry, targets: [] };
    const { image, target, targets = [] } = entry;
    return { image, targets: target === undefined ? targets : [target, ...targets] };
  });
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function nameOfList(file: string): string {
  return file === '-' ? 'Standard input' : file;
}
