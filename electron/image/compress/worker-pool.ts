import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { messageOf, PushboatError } from '../../../shared/errors.ts';
import type { BlockResult, BlockTask, WorkerReply, WorkerRequest } from './types.ts';

/** More threads than this only cost memory: the disk and the network are full long before. */
const MOST_WORKERS = 16;

interface Waiting {
  resolve: (result: BlockResult) => void;
  reject: (reason: unknown) => void;
}

interface Thread {
  worker: Worker;
  waiting: Map<number, Waiting>;
}

/**
 * Threads that compress blocks. They are started as work comes, one per core at most, and live until the pool is closed by whoever made
 * it. Several streams may use one pool.
 */
export class CompressionPool implements AsyncDisposable {
  readonly size: number;
  readonly #threads: Thread[] = [];
  #lastId = 0;
  #closed = false;

  constructor(size: number = Math.min(availableParallelism(), MOST_WORKERS)) {
    this.size = size;
  }

  /**
   * Compresses one block on the thread that has least to do. The task's buffers are moved there and must not be used afterwards.
   * @throws PushboatError CANCELLED when the pool was closed, INTERNAL when the thread failed.
   */
  run(task: BlockTask): Promise<BlockResult> {
    if (this.#closed) return Promise.reject(closedError());
    const thread = this.#leastBusy();
    const request: WorkerRequest = { ...task, id: ++this.#lastId };
    const transfer = [task.block.buffer, ...(task.dictionary ? [task.dictionary.buffer] : [])];
    return new Promise((resolve, reject) => {
      thread.waiting.set(request.id, { resolve, reject });
      thread.worker.postMessage(request, transfer);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const threads = this.#threads.splice(0);
    for (const thread of threads) fail(thread, closedError());
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #leastBusy(): Thread {
    const [least] = this.#threads.toSorted((a, b) => a.waiting.size - b.waiting.size);
    const mayStart = this.#threads.length < this.size;
    return least && (least.waiting.size === 0 || !mayStart) ? least : this.#start();
  }

  #start(): Thread {
    // Loaded only here: most pushes compress nothing, and each waits for what it loads.
    const threads = process.getBuiltinModule('node:worker_threads');
    const worker = new threads.Worker(new URL('./block-worker.ts', import.meta.url), {
      name: 'compression',
      execArgv: [],
    });
    const thread: Thread = { worker, waiting: new Map() };
    worker.on('message', (reply: WorkerReply) => {
      const waiting = thread.waiting.get(reply.id);
      thread.waiting.delete(reply.id);
      if ('result' in reply) waiting?.resolve(reply.result);
      else waiting?.reject(threadError(reply.error));
    });
    const end = (why: string): void => {
      fail(thread, threadError(why));
      const at = this.#threads.indexOf(thread);
      if (at !== -1) this.#threads.splice(at, 1);
    };
    worker.on('error', (error) => end(messageOf(error)));
    worker.on('exit', (code) => end(`the thread ended with ${code}`));
    this.#threads.push(thread);
    return thread;
  }
}

function fail(thread: Thread, reason: PushboatError): void {
  for (const { reject } of thread.waiting.values()) reject(reason);
  thread.waiting.clear();
}

function closedError(): PushboatError {
  return new PushboatError('CANCELLED', 'Compressing was cancelled.');
}

function threadError(detail: string): PushboatError {
  return new PushboatError('INTERNAL', 'A layer could not be compressed.', { detail, hint: 'report-bug' });
}
