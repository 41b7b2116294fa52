import { parentPort } from 'node:worker_threads';
import { compressBlock } from './block.ts';
import type { WorkerReply, WorkerRequest } from './types.ts';

/** The file that the pool's threads run: block in, compressed block out. */
parentPort?.on('message', (request: WorkerRequest) => {
  const { id } = request;
  try {
    const result = compressBlock(request);
    const reply: WorkerReply = { id, result };
    parentPort?.postMessage(reply, [...new Set([result.output.buffer, result.buffer])]);
  } catch (error) {
    // Not messageOf: shared/errors.ts would load zod in every thread.
    const reply: WorkerReply = { id, error: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(reply, []);
  }
});
