import type { OutgoingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { blockedBy } from '../../../../../electron/registry/answers/blockers.ts';
import { AS_ANN, api, askForLogin, clientFor, failure, refuse, type Script, serve } from '../scripted-server.ts';

const page = (title: string, body = ''): string =>
  `<!DOCTYPE html><html><head><title>${title}</title></head>${body}</html>`;

const BLOCKED: readonly [string, number, OutgoingHttpHeaders, string][] = [
  ['Cloudflare', 403, { server: 'cloudflare', 'cf-mitigated': 'challenge' }, page('Just a moment...')],
  ['Cloudflare', 403, { server: 'cloudflare' }, page('Attention Required! | Cloudflare')],
  ['Cloudflare', 403, { server: 'cloudflare', 'content-type': 'text/plain' }, 'error code: 1010'],
  ['AWS WAF', 405, { 'x-amzn-waf-action': 'captcha' }, page('Human Verification')],
  ['the AWS load balancer', 403, { server: 'awselb/2.0' }, page('403 Forbidden')],
  ['Amazon CloudFront', 403, { server: 'CloudFront' }, page('ERROR: The request could not be satisfied')],
  ['Akamai', 403, { server: 'AkamaiGHost' }, page('Access Denied')],
  ['Imperva', 403, {}, page('', 'Request unsuccessful. Incapsula incident ID: 1-2')],
  [
    'F5 BIG-IP',
    200,
    {},
    page('Request Rejected', 'The requested URL was rejected. Please consult with your administrator.'),
  ],
  ['Anubis', 200, {}, page('Making sure you&#39;re not a bot!')],
  ['Fortinet', 403, {}, page('Web Page Blocked!', 'FortiGuard Intrusion Prevention')],
  ['Zscaler', 403, { server: 'Zscaler/6.2' }, page('Internet Security')],
  [
    'the AirPlay Receiver of macOS, which has port 5000 until it is switched off',
    403,
    { server: 'AirTunes/675.4.1' },
    '',
  ],
  ['a Squid proxy', 403, { 'x-squid-error': 'ERR_ACCESS_DENIED 0' }, page('ERROR')],
];

const blocking =
  (status: number, headers: OutgoingHttpHeaders, body: string): Script =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
  };

describe('a refusal on the way to the registry', () => {
  it.each(BLOCKED)('is told as that of %s (%i %j), and no login is asked for', async (name, status, headers, body) => {
    await using server = await serve(blocking(status, headers, body));
    await using client = clientFor(server.host, AS_ANN);
    const error = await failure(client.startUpload('team/app'));
    expect(error).toMatchObject({ code: 'HOST_UNREACHABLE', hint: 'ask-gatekeeper', facts: { status } });
    expect(error.message).toContain(`was not reached: ${name}, on the way to it, refused to`);
    expect(error.message).not.toContain('&#39;');
    expect(server.requests.filter(({ headers: sent }) => sent.authorization)).toEqual([]);
  });

  it('is not tried with the login after a part of the registry was reached', async () => {
    const script: Script = (request, response, raw) => {
      if (request.method === 'POST')
        return blocking(403, { 'cf-mitigated': 'challenge' }, page('Just a moment...'))(request, response, raw);
      response.end('{}');
    };
    await using server = await serve(script);
    await using client = clientFor(server.host, AS_ANN);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('is no success, although it is called one and has no page', async () => {
    const challenge: Script = (_, response) => {
      response.writeHead(202, { 'x-amzn-waf-action': 'challenge' }).end();
    };
    await using server = await serve(api(challenge));
    await using client = clientFor(server.host);
    const manifest = { bytes: Buffer.from('{}'), mediaType: 'application/vnd.oci.image.manifest.v1+json' };
    const error = await failure(client.putManifest('team/app', '1', manifest));
    expect(error.message).toContain('AWS WAF, on the way to it, refused to take the manifest team/app:1 (202)');
  });

  it('is the registry’s where it says so in its own form, whoever hands it on', async () => {
    await using server = await serve(
      api((_, response) => refuse(response, 403, 'DENIED', 'not via Cloudflare', { server: 'cloudflare' })),
    );
    await using client = clientFor(server.host, AS_ANN);
    expect(await failure(client.startUpload('team/app'))).toMatchObject({
      code: 'DENIED',
      facts: { login: { username: 'ann' } },
    });
  });

  it('is not seen in an answer to HEAD, which has no words', () => {
    const answer = { status: 403, headers: { server: 'awselb/2.0' }, body: Buffer.alloc(0), truncated: false };
    const url = new URL('https://registry.test/v2/');
    expect(blockedBy({ ...answer, method: 'HEAD', url })).toBeUndefined();
    expect(blockedBy({ ...answer, method: 'GET', url })).toBe('the AWS load balancer');
  });
});

describe('a page of nobody in particular with 403', () => {
  it('at GET /v2/ is no obstacle for who has a login', async () => {
    const script: Script = ({ url, headers }, response) => {
      if (url === '/v2/')
        return void response.writeHead(403, { 'content-type': 'text/html' }).end(page('403 Forbidden'));
      if (!headers.authorization) return askForLogin(response, 'Basic realm="test"');
      response.writeHead(202, { location: '/v2/team/app/blobs/uploads/1' }).end();
    };
    await using server = await serve(script);
    await using client = clientFor(server.host, AS_ANN);
    expect(await client.startUpload('team/app')).toMatchObject({ kind: 'session' });
  });
});
