import { z } from 'zod';
import { errorDataSchema } from '../../../shared/error-data.ts';
import { type ErrorData } from '../../../shared/errors.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { digestSchema, platformSchema } from '../../../shared/schemas.ts';
import { BLOB_STATES, type LayerProgress } from '../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';

/** What a push or an export asks for, as it is remembered. */
export interface RememberedRequest {
  id: string;
  kind: 'push' | 'export';
  imageId: string;
  imageName: string;
  /** Canonical, with tag; of an export the destination's text. */
  target: string;
  options: TransferOptions;
  /** Of an export: the person agreed that it replaces what is there. */
  replaces: boolean;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Of what was asked for together. */
  group?: string | undefined;
}

/** How a job that is not done was left, so that the next start of the application shows it as it was. */
export interface JobMemory {
  /** `interrupted`: it was at work, or had its turn ahead. `paused`: it was, or waited for a login or for trust. */
  state: 'paused' | 'interrupted' | 'failed';
  /** Epoch milliseconds. */
  startedAt: number | undefined;
  finishedAt: number | undefined;
  /** Milliseconds at work. */
  workedMs: number;
  error: ErrorData | undefined;
  layers: LayerProgress[];
}

const rowSchema = lazySchema(() =>
  z.object({
    digest: digestSchema,
    kind: z.enum(['layer', 'config', 'manifest', 'index']),
    mediaType: z.string(),
    size: z.number().nonnegative(),
    state: z.enum(BLOB_STATES),
    sent: z.number().nonnegative(),
    sentAs: digestSchema.exactOptional(),
    convertedFrom: z.string().exactOptional(),
    platform: platformSchema.exactOptional(),
    mountedFrom: z.string().exactOptional(),
    reason: z.string().exactOptional(),
  }),
);

const memorySchema = lazySchema(() =>
  z.object({
    state: z.enum(['paused', 'interrupted', 'failed']),
    startedAt: z.number().optional(),
    finishedAt: z.number().optional(),
    workedMs: z.number().nonnegative(),
    error: errorDataSchema.optional(),
    layers: z.array(rowSchema),
  }),
);

/** Of a job that has not begun, and of one whose memory cannot be read. */
const NOTHING: JobMemory = {
  state: 'interrupted',
  startedAt: undefined,
  finishedAt: undefined,
  workedMs: 0,
  error: undefined,
  layers: [],
};

/** As it is written down. What made a layer is left out: build arguments in it may be secrets, and the next run reads it from the image. */
export function memoryText(memory: JobMemory): string {
  const layers = memory.layers.map(({ createdBy: _command, ...row }) => row);
  return JSON.stringify({ ...memory, layers });
}

export function readMemory(value: unknown): JobMemory {
  if (typeof value !== 'string') return NOTHING;
  try {
    return { ...NOTHING, ...memorySchema.parse(JSON.parse(value)) };
  } catch {
    // Written by another version: the job is offered again all the same.
    return NOTHING;
  }
}
