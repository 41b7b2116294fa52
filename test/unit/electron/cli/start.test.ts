import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { startCommandLine } from '../../../../electron/cli/start.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';

/** A listener with a thread of its own, which goes on when this one stands still. Its first number becomes 1 with the first connection. */
const LISTENER = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  Atomics.store(workerData, 0, 1);
  Atomics.notify(workerData, 0);
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

it('begins connections before it loads its code, during which nothing else happens', async () => {
  await using folder = await makeTempDir('start');
  vi.stubEnv('PUSHBOAT_DATA_DIR', folder.path);
  vi.stubEnv('HOME', folder.path);
  const connected = new Int32Array(new SharedArrayBuffer(4));
  const listener = new Worker(LISTENER, { eval: true, workerData: connected });
  try {
    const [port] = await once(listener, 'message');
    const loading = startCommandLine(['push', 'oci:web', `127.0.0.1:${port}/acme/web`], () => {
      Atomics.wait(connected, 0, 0, 20_000);
      throw new Error(connected[0] === 1 ? 'connected' : 'not connected');
    });
    await expect(loading).rejects.toThrow(/^connected$/);
  } finally {
    await listener.terminate();
    vi.unstubAllEnvs();
  }
});
