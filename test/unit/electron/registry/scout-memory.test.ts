import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { clientFor, json, serve } from './scripted-server.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of buffers that something still refers to. */
async function keptBytes(): Promise<number> {
  // What is freed in one round may refer to more.
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().arrayBuffers;
}

const CLIENTS = 20;
const ANSWER = 200_000;

it('nothing is kept of the first answers that clients get', async () => {
  const tags = Array.from({ length: ANSWER / 100 }, (_, index) => `${index}`.padStart(90, 'v'));
  await using server = await serve((_, response) => json(response, 200, { name: 'team/app', tags }));
  const before = await keptBytes();
  for (let count = 0; count < CLIENTS; count++) {
    await using client = clientFor(server.host);
    expect((await client.listTags('team/app')).names).toHaveLength(tags.length);
  }
  expect((await keptBytes()) - before).toBeLessThan((CLIENTS * ANSWER) / 4);
});
