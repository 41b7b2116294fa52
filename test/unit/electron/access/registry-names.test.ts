import { expect, it } from 'vitest';
import { RegistryNames } from '../../../../electron/access/registry-names.ts';
import { api, clientFor, DIGEST, failure, json, serve } from '../registry/scripted-server.ts';

it('gives tags and repositories by what a person types, and what a tag is now', async () => {
  await using server = await serve(
    api((request, response) => {
      if (request.method === 'HEAD' && request.url.endsWith('/1')) {
        return void response.writeHead(200, { 'docker-content-digest': DIGEST }).end();
      }
      if (request.method === 'HEAD') return void response.writeHead(404).end();
      return request.url.startsWith('/v2/_catalog')
        ? json(response, 200, { repositories: ['acme/web'] })
        : json(response, 200, { tags: ['1'] });
    }),
  );
  await using client = clientFor(server.host);
  const names = new RegistryNames(() => client);
  expect(await names.repositories(`http://${server.host}/`)).toEqual({ names: ['acme/web'], hasMore: false });
  expect(await names.tags(`${server.host}/acme/web`)).toEqual({ names: ['1'], hasMore: false });
  expect(await names.tag(`${server.host}/acme/web:1`)).toEqual({ digest: DIGEST });
  expect(await names.tag(`${server.host}/acme/web`)).toBeNull();
});

it('does not wait long for a registry that is silent', async () => {
  await using server = await serve(() => new Promise(() => undefined));
  await using client = clientFor(server.host);
  const names = new RegistryNames(() => client, 30);
  expect(await failure(names.tags(`${server.host}/acme/web`))).toMatchObject({ code: 'TIMEOUT' });
});
