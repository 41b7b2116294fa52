import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AS_ANN, askForLogin, clientFor, DIGEST, failure, json, refuse, serve, tokensAt } from '../scripted-server.ts';

const jwt = (nbf: number): string => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ nbf })}.c2lnbmVk`;
};

/** A registry whose clock is behind that of the server of its tokens. */
async function serveBehind(seconds: number) {
  let given = 0;
  const server = await serve((request, response) => {
    const now = Math.floor(Date.now() / 1000);
    if (request.url.startsWith('/token')) return json(response, 200, { token: jwt(now + seconds), asked: ++given });
    const claims = request.headers.authorization?.split('.')[1];
    const nbf = claims ? JSON.parse(Buffer.from(claims, 'base64url').toString()).nbf : Number.POSITIVE_INFINITY;
    if (now >= nbf)
      return refuse(response, 404, 'BLOB_UNKNOWN', 'no', { 'docker-distribution-api-version': 'registry/2.0' });
    return askForLogin(response, `${tokensAt(server.origin)},error="invalid_token"`);
  });
  return Object.assign(server, { given: () => given });
}

it('a token that is valid in a moment is waited for, and no other is asked for', async () => {
  await using server = await serveBehind(1);
  await using client = clientFor(server.host, AS_ANN);
  const asked = [1, 2, 3].map(() => client.headBlob('team/app', DIGEST));
  expect(await Promise.all(asked)).toEqual([null, null, null]);
  expect(server.given()).toBe(1);
});

it('a token that is valid much later is a fault of the clocks, and none of the login', async () => {
  await using server = await serveBehind(90);
  await using client = clientFor(server.host, AS_ANN);
  const refusal = await failure(client.headBlob('team/app', DIGEST));
  expect(refusal).toMatchObject({ code: 'REGISTRY_ERROR', hint: 'ask-owner' });
  expect(refusal.message).toMatch(/is (89|90|91) s behind that of 127\.0\.0\.1/);
});

it('who is closed waits for no token', async () => {
  await using server = await serveBehind(9);
  await using client = clientFor(server.host, AS_ANN);
  const asked = failure(client.headBlob('team/app', DIGEST));
  const isRefused = () => server.requests.some(({ headers }) => headers.authorization?.startsWith('Bearer '));
  await expect.poll(isRefused).toBe(true);
  // Until the refusal is there, too.
  await sleep(300);
  const began = performance.now();
  await client.close();
  expect(await asked).toMatchObject({ code: 'CANCELLED' });
  expect(performance.now() - began).toBeLessThan(5_000);
}, 20_000);
