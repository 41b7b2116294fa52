import { afterEach, expect, test, vi } from 'vitest';
import { makeCertificates } from '../../fixtures/certificates.ts';
import type { AuthOptions } from '../../registry/auth.ts';
import { startRegistry } from '../../registry/server.ts';
import { type Answer, call } from './http-client.ts';

afterEach(() => {
  vi.useRealTimers();
});

const users = { ann: 's3cret:with colon' };
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });
const jsonOf = (answer: Answer) => JSON.parse(answer.body.toString()) as Record<string, unknown>;
const start = (auth: AuthOptions) => startRegistry({ storage: 'memory', auth });

test('basic: no login and a wrong one get 401 with a challenge, the right one gets in', async () => {
  await using registry = await start({ kind: 'basic', users });
  const asked = await call('GET', `${registry.url}/v2/`);
  expect([asked.status, asked.codes, asked.headers['www-authenticate']]).toEqual([
    401,
    ['UNAUTHORIZED'],
    'Basic realm="Embedded registry"',
  ]);
  expect((await call('GET', `${registry.url}/v2/`, { headers: basic('ann', 'wrong') })).status).toBe(401);
  expect((await call('GET', `${registry.url}/v2/`, { headers: basic('ann', users.ann) })).status).toBe(200);
});

test('basic: an account without the right gets 403', async () => {
  await using registry = await start({
    kind: 'basic',
    users,
    allow: (user, name) => user === 'ann' && name.startsWith('ann/'),
  });
  const headers = basic('ann', users.ann);
  expect((await call('POST', `${registry.url}/v2/ann/x/blobs/uploads/`, { headers })).status).toBe(202);
  const refused = await call('POST', `${registry.url}/v2/bob/x/blobs/uploads/`, { headers });
  expect([refused.status, refused.codes]).toEqual([403, ['DENIED']]);
});

test('bearer: the challenge names realm, service and scope, and a token for them gets in', async () => {
  await using registry = await start({ kind: 'bearer', users });
  const url = `${registry.url}/v2/acme/web/blobs/uploads/`;
  const asked = await call('POST', `${url}?mount=x&from=acme/base`);
  expect(asked.headers['www-authenticate']).toBe(
    `Bearer realm="${registry.url}/token",service="embedded-registry",scope="repository:acme/web:pull,push repository:acme/base:pull"`,
  );
  const token = jsonOf(
    await call('GET', `${registry.url}/token?scope=repository:acme/web:pull,push`, {
      headers: basic('ann', users.ann),
    }),
  );
  expect(token['expires_in']).toBe(300);
  expect((await call('POST', url, { headers: bearer(token['token']) })).status).toBe(202);
  const other = await call('POST', `${registry.url}/v2/other/blobs/uploads/`, { headers: bearer(token['token']) });
  expect([other.status, String(other.headers['www-authenticate'])]).toEqual([
    401,
    expect.stringContaining('error="insufficient_scope"'),
  ]);
  expect((await call('GET', `${registry.url}/token`, { headers: basic('ann', 'wrong') })).status).toBe(401);
});

test('bearer: anonymous tokens may read and not write where the registry says so', async () => {
  await using registry = await start({
    kind: 'bearer',
    users,
    allow: (user, _, action) => user !== null || action === 'pull',
  });
  const token = jsonOf(await call('GET', `${registry.url}/token?scope=repository:a:pull,push`))['token'];
  expect((await call('GET', `${registry.url}/v2/a/manifests/x`, { headers: bearer(token) })).status).toBe(404);
  expect((await call('POST', `${registry.url}/v2/a/blobs/uploads/`, { headers: bearer(token) })).status).toBe(401);
});

test('bearer: OAuth2 takes passwords and identity tokens, or is refused when the registry does not know it', async () => {
  await using registry = await start({
    kind: 'bearer',
    users,
    tokenField: 'access_token',
    identityTokens: { idtoken: 'ann' },
  });
  const post = (form: Record<string, string>) =>
    call('POST', `${registry.url}/token`, {
      body: new URLSearchParams({ client_id: 'test', service: 's', ...form }).toString(),
    });
  const scope = 'repository:a:pull,push';
  const given = jsonOf(await post({ grant_type: 'refresh_token', refresh_token: 'idtoken', scope }));
  expect(
    (await call('POST', `${registry.url}/v2/a/blobs/uploads/`, { headers: bearer(given['access_token']) })).status,
  ).toBe(202);
  const offline = jsonOf(
    await post({ grant_type: 'password', username: 'ann', password: users.ann, access_type: 'offline', scope }),
  );
  expect(
    (await post({ grant_type: 'refresh_token', refresh_token: String(offline['refresh_token']), scope })).status,
  ).toBe(200);
  expect((await post({ grant_type: 'refresh_token', refresh_token: 'unknown', scope })).status).toBe(401);

  await using old = await start({ kind: 'bearer', users, refusePost: 405 });
  expect((await call('POST', `${old.url}/token`, { body: 'client_id=x' })).status).toBe(405);
});

test('bearer: tokens end after their lifetime and when they are revoked', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await using registry = await start({ kind: 'bearer', users, lifetime: 30, omitExpiresIn: true });
  const ask = async () => jsonOf(await call('GET', `${registry.url}/token`, { headers: basic('ann', users.ann) }));
  const first = await ask();
  expect(Object.keys(first)).toEqual(['token']);
  expect((await call('GET', `${registry.url}/v2/`, { headers: bearer(first['token']) })).status).toBe(200);
  vi.setSystemTime(Date.now() + 30_000);
  const late = await call('GET', `${registry.url}/v2/`, { headers: bearer(first['token']) });
  expect(String(late.headers['www-authenticate'])).toContain('error="invalid_token"');
  const second = await ask();
  registry.faults.add({ action: { kind: 'revoke-tokens' } });
  expect((await call('GET', `${registry.url}/v2/`, { headers: bearer(second['token']) })).status).toBe(401);
});

test('several challenges come in several headers or in one', async () => {
  const extraChallenges = ['Negotiate', 'Digest realm="a, b", qop="auth,auth-int"'];
  await using many = await start({ kind: 'basic', users, extraChallenges });
  // Node joins the lines as a client would see them.
  expect((await call('GET', `${many.url}/v2/`)).headers['www-authenticate']).toBe(
    'Negotiate, Digest realm="a, b", qop="auth,auth-int", Basic realm="Embedded registry"',
  );
  await using one = await start({ kind: 'basic', users, extraChallenges, oneHeader: true });
  expect((await call('GET', `${one.url}/v2/`)).headers['www-authenticate']).toContain('Negotiate, Digest');
});

test('HTTPS is served with a certificate that its authority vouches for, and not otherwise', async () => {
  const { ca, server, expired, wrongName } = await makeCertificates();
  await using registry = await startRegistry({ storage: 'memory', tls: server });
  expect((await call('GET', `${registry.url}/v2/`, { ca: ca.cert })).status).toBe(200);
  await expect(call('GET', `${registry.url}/v2/`)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  await using old = await startRegistry({ storage: 'memory', tls: expired });
  await expect(call('GET', `${old.url}/v2/`, { ca: ca.cert })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  await using other = await startRegistry({ storage: 'memory', tls: wrongName });
  await expect(call('GET', `${other.url}/v2/`, { ca: ca.cert })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});
