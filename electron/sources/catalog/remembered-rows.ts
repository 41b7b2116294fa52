import { z } from 'zod';
import type { ImageSummary } from '../../../shared/images.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { digestSchema, platformSchema } from '../../../shared/schemas.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { readTextIfThere } from '../../files/text-file.ts';

/** Milliseconds that changes gather before they are written down. */
const GATHER = 2_000;

const rowSchema = lazySchema(() =>
  z.object({
    id: z.string(),
    sourceId: z.string(),
    name: z.string(),
    references: z.array(z.string()),
    storeName: z.string().exactOptional(),
    ref: z.string().exactOptional(),
    digest: digestSchema.exactOptional(),
    mediaType: z.string().exactOptional(),
    kind: z.enum(['image', 'index', 'artifact']),
    platforms: z.array(platformSchema),
    size: z.number().nonnegative().optional(),
    created: z.string().optional(),
  }),
);

const fileSchema = lazySchema(() => z.object({ version: z.literal(1), rows: z.array(rowSchema) }));

/**
 * The rows that stores had when the application ended, so that the next start shows them at once and looks then whether they are still
 * right. Damaged images are not among them. Nothing depends on it: what cannot be read or written is done without.
 */
export class RememberedRows {
  readonly #path: string;
  readonly #rows = new Map<string, ImageSummary[]>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(path: string, rows: readonly ImageSummary[]) {
    this.#path = path;
    for (const row of rows) {
      const known = this.#rows.get(row.sourceId);
      if (known) known.push(row);
      else this.#rows.set(row.sourceId, [row]);
    }
  }

  static async open(path: string): Promise<RememberedRows> {
    try {
      const text = await readTextIfThere(path);
      return new RememberedRows(path, text === undefined ? [] : fileSchema.parse(JSON.parse(text)).rows);
    } catch {
      // Of another version, or damaged: the next scan makes it again.
      return new RememberedRows(path, []);
    }
  }

  of(sourceId: string): readonly ImageSummary[] {
    return this.#rows.get(sourceId) ?? [];
  }

  /** A source was scanned to its end. */
  set(sourceId: string, rows: readonly ImageSummary[]): void {
    this.#rows.set(
      sourceId,
      rows.filter(({ kind }) => kind !== 'broken'),
    );
    this.#writeLater();
  }

  /** A source is not there any more. */
  delete(sourceId: string): void {
    if (this.#rows.delete(sourceId)) this.#writeLater();
  }

  /** Writes what waits to be written. */
  async close(): Promise<void> {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    await this.#write();
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => void this.#write(), GATHER).unref();
  }

  async #write(): Promise<void> {
    this.#timer = undefined;
    const content = JSON.stringify({ version: 1, rows: [...this.#rows.values()].flat() });
    // A disk that is full or read-only costs the next start a moment, and nothing else.
    await replaceFile(this.#path, content, { makePrivate: true }).catch(() => false);
  }
}
