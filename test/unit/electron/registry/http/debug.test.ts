import { describe, expect, it } from 'vitest';
import { shownUrl } from '../../../../../electron/registry/http/debug.ts';
import { ANN, clientFor, DIGEST, json, refuse, serve } from '../scripted-server.ts';

describe('what a person who looks for a fault is told', () => {
  it('are requests, redirects, waits and logins, without a secret', async () => {
    await using storage = await serve(
      (_request, response) => void response.writeHead(200, { 'content-length': 5 }).end(),
    );
    let failures = 1;
    await using server = await serve(({ url, headers, method }, response) => {
      if (url.startsWith('/token')) return json(response, 200, { token: 'T0ken' });
      if (headers.authorization !== 'Bearer T0ken') {
        const realm = `http://${headers.host}/token?key=s3cret`;
        return refuse(response, 401, 'UNAUTHORIZED', 'no', {
          'www-authenticate': `Bearer realm="${realm}",service="r"`,
        });
      }
      if (method === 'HEAD' && failures-- > 0) return void response.writeHead(503, { 'content-length': 0 }).end();
      return void response.writeHead(307, { location: `http://${storage.host}/b?X-Signature=s3cret` }).end();
    });
    const told: string[] = [];
    await using client = clientFor(server.host, { login: async () => ANN, onDebug: (line) => told.push(line) });
    await client.headBlob('team/app', DIGEST);
    const all = told.join('\n');
    expect(all).toMatch(/^HEAD http:\/\/\S+\/v2\/team\/app\/blobs\/\S+ → 401 in \d+ ms$/m);
    expect(all).toMatch(/^GET \S+\/token\?key=…&service=r&scope=repository:team\/app:pull,push&account=… → 200/m);
    expect(all).toMatch(/^waits \d+ ms before try 2 \(503 Service Unavailable\)$/m);
    expect(all).toMatch(/^307 leads to http:\/\/\S+\/b\?X-Signature=…, without the login$/m);
    expect(all).toMatch(/^HEAD \S+\/b\?X-Signature=… → 200/m);
    expect(all).not.toMatch(/s3cret|T0ken|Basic|Bearer/);
  });

  it('are failures below HTTP as well', async () => {
    await using server = await serve((_request, response) => void response.socket?.destroy());
    const told: string[] = [];
    await using client = clientFor(server.host, { onDebug: (line) => told.push(line) });
    await client.headBlob('team/app', DIGEST).catch(() => undefined);
    expect(told[0]).toMatch(/\/v2\/team\/app\/blobs\/\S+ → no response: .+ in \d+ ms$/);
  });
});

it('user info and unknown parameters of an address are not told', () => {
  const url = new URL('https://ann:pw@r.example/v2/x/blobs/uploads/1?_state=abc&digest=sha256:1');
  expect(shownUrl(url)).toBe('https://r.example/v2/x/blobs/uploads/1?_state=…&digest=sha256:1');
});
