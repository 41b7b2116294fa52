import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, test } from 'vitest';
import { newerRelease } from '../../../../electron/access/update-feed.ts';
import { isNewer } from '../../../../shared/updates.ts';
import { trusting } from '../../../fixtures/network-rules.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** What a feed with this answer tells version 0.1.0, and the requests that it got. */
async function askedOf(body: string, status = 200) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close().closeAllConnections());
  const feed = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/latest.json`);
  const found = await newerRelease({ feed, version: '0.1.0', network: trusting() }).catch((error: unknown) => error);
  return { found, requests };
}

const release = (version: string) => JSON.stringify({ version, page: 'https://example.com/releases' });

test('a newer release is told with its page, after one request', async () => {
  expect(await askedOf(release('0.10.0'))).toEqual({
    found: { version: '0.10.0', page: 'https://example.com/releases' },
    requests: ['GET /latest.json'],
  });
});

test('the version that runs, and an older one, are no news', async () => {
  expect((await askedOf(release('0.1.0'))).found).toBeUndefined();
  expect((await askedOf(release('0.0.9'))).found).toBeUndefined();
});

it.each([
  ['a page of a captive portal', '<html>Sign in</html>', 200],
  ['a page that is not https', JSON.stringify({ version: '9.0.0', page: 'javascript:alert(1)' }), 200],
  ['no number', JSON.stringify({ version: 'latest', page: 'https://example.com' }), 200],
  ['not found', release('9.0.0'), 404],
])('%s is an error, and no release', async (_what, body, status) => {
  expect((await askedOf(body, status)).found).toMatchObject({ code: 'UPDATE_FEED_INVALID' });
});

it.each([
  ['1.0.0', '0.9.9', true],
  ['0.10.0', '0.9.0', true],
  ['0.9.0', '0.10.0', false],
  ['1.0.0', '1.0.0', false],
  ['1.0.0', '1.0.0-beta.1', false],
])('%s is newer than %s: %s', (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected);
});
