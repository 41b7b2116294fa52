import { z } from 'zod';
import { jsonOrUndefined } from '../../shared/json.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';

/** Bytes of an answer that are kept, and of one line of it. */
const MAX_TEXT = 64 * 1024;
const MAX_LINE = 1024 * 1024;

/** A line of the stream with which engines tell of their progress (moby api, `jsonmessage`). */
const lineSchema = lazySchema(() =>
  z.object({
    error: z.string().optional(),
    errorDetail: z.object({ message: z.string() }).optional(),
  }),
);

/** What an engine said to an archive. */
export interface LoadResponse {
  /** Its beginning. */
  text: string;
  /** The first error that a line tells of: it stands there instead of the status, which is sent before all is read. */
  error?: string | undefined;
}

/** Reads the answer to its end, keeping little of it. Fails as the stream fails, and for a line that does not end. */
export async function loadResponse(stream: AsyncIterable<Uint8Array>): Promise<LoadResponse> {
  const decoder = new TextDecoder();
  let text = '';
  let line = '';
  let error: string | undefined;
  for await (const chunk of stream) {
    const piece = decoder.decode(chunk, { stream: true });
    if (text.length < MAX_TEXT) text += piece.slice(0, MAX_TEXT - text.length);
    const lines = (line + piece).split('\n');
    line = lines.pop() ?? '';
    if (line.length > MAX_LINE) throw new Error('the answer has a line that does not end');
    for (const whole of lines) error ??= errorOf(whole);
  }
  error ??= errorOf(line);
  return { text, error };
}

function errorOf(line: string): string | undefined {
  if (!line.includes('"error')) return undefined;
  // What is no line of progress says nothing of an error.
  const parsed = lineSchema.safeParse(jsonOrUndefined(line)).data;
  return parsed?.errorDetail?.message ?? parsed?.error;
}
