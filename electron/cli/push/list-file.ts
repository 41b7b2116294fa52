import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { usageError } from '../errors.ts';
import { type CommandIo, readStdin } from '../io.ts';

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

/**
 * What `--from FILE` lists: a JSON array, or a line for each image with its targets behind it. Names with spaces stand in double quotes, and
 * a line that begins with `#` is a comment. `-` is standard input.
 * @throws PushboatError USAGE with the line or the place that is wrong; SOURCE_UNREADABLE
 */
export async function readList(file: string, io: CommandIo): Promise<ImageLine[]> {
  const text = file === '-' ? await readStdin(io) : await readListFile(file);
  const bare = text.replace(/^\ufeff/, '');
  const listed = /^\s*\[/.test(bare) ? fromJson(bare, file) : fromLines(bare, file);
  if (listed.length > 0) return listed;
  throw usageError(`${nameOfList(file)} lists no image.`);
}

async function readListFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const detail = messageOf(cause);
    const message = `The list of images ${path} cannot be read.`;
    throw new PushboatError('SOURCE_UNREADABLE', message, { path, detail, hint: 'check-permissions', cause });
  }
}

function fromLines(text: string, file: string): ImageLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    const words = wordsOf(line);
    const [image, ...targets] = words ?? [];
    if (image !== undefined) return [{ image, targets }];
    throw usageError(`${nameOfList(file)}, line ${index + 1}: a quotation mark is not closed.`);
  });
}

/** Undefined when a quotation mark is not closed. */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const match = /^(?:"([^"]+)"|([^\s"]\S*))(?:\s+|$)/.exec(rest);
    if (!match) return undefined;
    words.push(match[1] ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
  }
  return words;
}

function fromJson(text: string, file: string): ImageLine[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
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

function nameOfList(file: string): string {
  return file === '-' ? 'Standard input' : file;
}
