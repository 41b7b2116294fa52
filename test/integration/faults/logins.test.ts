import { describe, expect, it } from 'vitest';
import type { AuthOptions } from '../../registry/auth.ts';
import { expectDone, expectFailed } from './outcomes.ts';
import { ALWAYS, type RequestKind, Rig, type RigOptions } from './rig.ts';

type Bearer = Extract<AuthOptions, { kind: 'bearer' }>;

const LOGIN = { username: 'ci', password: 'secret', origin: { kind: 'session' } } as const;

const startWith = (auth: Partial<Bearer> = {}, options: RigOptions = {}): Promise<Rig> =>
  Rig.start({ registry: { auth: { kind: 'bearer', users: { ci: 'secret' }, ...auth } }, login: LOGIN, ...options });

/** Requests whose token was refused: the first ones have none, for they learn that one is needed. */
const refused = (rig: Rig): number =>
  rig.registry.requests.filter(({ status, authorization }) => status === 401 && authorization !== undefined).length;

describe.concurrent('a token that ends', () => {
  it.each<[RequestKind, number, RigOptions]>([
    ['PUT blob', 0, {}],
    ['PATCH', 0, { chunked: true }],
    ['PATCH', 2, { chunked: true }],
    ['PUT blob', 0, { chunked: true }],
    ['PUT manifest', 0, {}],
  ])('before %s is replaced once', async (kind, skip, options) => {
    await using rig = await startWith({}, options);
    rig.fault(kind, { kind: 'revoke-tokens' }, { skip });
    await expectDone(rig, await rig.push());
    expect(rig.registry.auth.tokens?.issued).toBe(2);
    expect(refused(rig)).toBe(1);
    const usual = kind === 'PATCH' ? rig.chunks : 1;
    expect(rig.count(kind)).toBe(usual + 1);
  });

  it('in the middle of a body is replaced, and the body resent', async () => {
    await using rig = await startWith();
    rig.fault('PUT blob', { kind: 'challenge', error: 'invalid_token', after: 'half' });
    await expectDone(rig, await rig.push());
    expect(rig.registry.auth.tokens?.issued).toBe(2);
    expect(rig.count('PUT blob')).toBe(2);
  });

  it('between chunks, as it announced, is renewed before it ends', async () => {
    await using rig = await startWith({ lifetime: 1 }, { chunked: true });
    rig.registry.throttle.bytesPerSecond = rig.layerSize / 2;
    await expectDone(rig, await rig.push());
    expect(rig.registry.auth.tokens?.issued).toBeGreaterThanOrEqual(3);
    expect(refused(rig)).toBe(0);
    expect(rig.count('PATCH')).toBe(rig.chunks);
  });

  it('sooner than it announced costs a renewal each time, and the push ends well', async () => {
    await using rig = await startWith({ uses: 8 }, { chunked: true });
    await expectDone(rig, await rig.push());
    expect(refused(rig)).toBeGreaterThan(0);
    expect(rig.count('PATCH')).toBeLessThanOrEqual(rig.chunks + refused(rig));
  });

  it('at every use of it for a body ends after five tries', async () => {
    await using rig = await startWith();
    rig.fault('PUT blob', { kind: 'challenge', error: 'invalid_token', after: 0 }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.count('PUT blob')).toBe(5);
    expect(rig.registry.auth.tokens?.issued).toBe(6);
    await expectFailed(rig, snapshot, 'CONNECTION_LOST', /token .* ended/);
  });
});

it('a password that is refused in the middle of an upload asks the person, and the same job continues', async () => {
  await using rig = await Rig.start({ registry: { auth: { kind: 'basic', users: { ci: 'secret' } } }, login: LOGIN });
  rig.fault('PUT blob', { kind: 'challenge', after: 'half' });
  const { job } = await rig.push();
  expect(job).toMatchObject({ state: 'needs-login', login: { tried: { username: 'ci' }, denied: false } });
  expect(rig.count('PUT blob')).toBe(1);
  rig.pusher.service.registryChanged(rig.registry.host);
  await expectDone(rig, await rig.pusher.service.settled(job.id));
  expect(rig.count('PUT blob')).toBe(2);
});

describe.concurrent('a token server', () => {
  it.each<[string, Partial<Bearer>]>([
    ['that says `token`', { tokenField: 'token' }],
    ['that says `access_token`', { tokenField: 'access_token' }],
    ['that says both', { tokenField: 'both' }],
    ['without `expires_in`', { omitExpiresIn: true }],
    ['among other challenges', { extraChallenges: ['Negotiate', 'Basic realm="other, with a comma"'] }],
    [
      'among other challenges in one header',
      { extraChallenges: ['Negotiate', 'Basic realm="other, with a comma"'], oneHeader: true },
    ],
  ])('%s is asked once', async (_, auth) => {
    await using rig = await startWith(auth);
    await expectDone(rig, await rig.push());
    expect(rig.count('token')).toBe(1);
    expect(refused(rig)).toBe(0);
  });

  it('that knows POST only is asked that way', async () => {
    await using rig = await startWith();
    rig.fault('token', { kind: 'answer', status: 405 }, { times: ALWAYS });
    await expectDone(rig, await rig.push());
    expect(rig.count('token')).toBe(1);
    expect(rig.registry.auth.tokens?.issued).toBe(1);
  });

  it.each([400, 401, 404, 405] as const)(
    'that answers %d to an identity token by POST is asked by GET',
    async (refusePost) => {
      const auth = { refusePost, users: { ci: 'identity' } };
      await using rig = await startWith(auth, {
        login: { username: 'ci', password: '', identityToken: 'identity', origin: { kind: 'session' } },
      });
      await expectDone(rig, await rig.push());
      expect(rig.count('token')).toBe(1);
    },
  );

  it.each<[string, unknown]>([
    ['HTML', '<html><title>Sign in</title></html>'],
    ['JSON without a token', { hello: 'world' }],
  ])('that answers %s is named as the trouble', async (_, body) => {
    await using rig = await startWith();
    rig.fault('token', { kind: 'answer', status: 200, body }, { times: ALWAYS });
    const snapshot = await rig.push();
    expect(rig.requests('POST upload').filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(rig.count('token')).toBeLessThanOrEqual(4);
    await expectFailed(rig, snapshot, 'PROTOCOL_ERROR');
  });

  it('that gives a token nobody accepts leads to a login, not to a loop', async () => {
    await using rig = await startWith();
    rig.fault('token', { kind: 'answer', status: 200, body: { token: 'worthless' } }, { times: ALWAYS });
    const { job } = await rig.push();
    expect(job.state).toBe('needs-login');
    expect(rig.count('token')).toBeLessThanOrEqual(4);
  });
});
