import { describe, expect, it } from 'vitest';
import { clientFor, failure, json, refuse, serve } from './scripted-server.ts';

describe('the tags of a repository', () => {
  it('are read page by page, along the Link header', async () => {
    await using server = await serve((request, response) => {
      const last = new URL(request.url, 'http://x').searchParams.get('last');
      if (request.url === '/v2/') return json(response, 200, {});
      if (last !== null) return json(response, 200, { tags: ['3'] });
      return json(response, 200, { tags: ['1', '2'] }, { link: '</v2/acme/web/tags/list?n=2&last=2>; rel="next"' });
    });
    await using client = clientFor(server.host);
    expect(await client.listTags('acme/web')).toEqual({ names: ['1', '2', '3'], hasMore: false });
  });

  it.each(['//v2/acme/web/tags/list?last=2', 'http://inner:5000//v2/acme/web/tags/list?last=2'])(
    'are read on at the registry itself, however the next page is written: %s',
    async (next) => {
      await using server = await serve((request, response) => {
        if (request.url === '/v2/') return json(response, 200, {});
        if (request.url.includes('last=2')) return json(response, 200, { tags: ['3'] });
        return json(response, 200, { tags: ['1', '2'] }, { link: `<${next}>; rel="next"` });
      });
      await using client = clientFor(server.host);
      expect((await client.listTags('acme/web')).names).toEqual(['1', '2', '3']);
    },
  );

  it('are none where the repository is not known, or says null', async () => {
    await using server = await serve((request, response) =>
      request.url.includes('unknown')
        ? refuse(response, 404, 'NAME_UNKNOWN', 'no')
        : json(response, 200, { tags: null }),
    );
    await using client = clientFor(server.host);
    for (const name of ['unknown', 'empty']) {
      expect(await client.listTags(name)).toEqual({ names: [], hasMore: false });
    }
  });

  it('end where a registry says the same page for ever', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/v2/') return json(response, 200, {});
      return json(response, 200, { tags: ['1'] }, { link: `<${request.url}>; rel="next"` });
    });
    await using client = clientFor(server.host);
    expect((await client.listTags('acme/web')).names).toEqual(['1']);
    expect(server.requests.filter(({ url }) => url.includes('tags'))).toHaveLength(2);
  });

  it('stop at ten pages, and it is said that there are more', async () => {
    let page = 0;
    await using server = await serve((request, response) => {
      if (request.url === '/v2/') return json(response, 200, {});
      page++;
      return json(response, 200, { tags: [`t${page}`] }, { link: `</v2/acme/web/tags/list?last=${page}>; rel=next` });
    });
    await using client = clientFor(server.host);
    expect(await client.listTags('acme/web')).toMatchObject({ names: { length: 10 }, hasMore: true });
  });
});

describe('the repositories of a registry', () => {
  it('are asked for with a token for the catalog', async () => {
    let scope: string | null = null;
    await using server = await serve((request, response) => {
      const url = new URL(request.url, 'http://x');
      if (url.pathname === '/token') {
        scope = url.searchParams.get('scope');
        return json(response, 200, { token: 't' });
      }
      if (request.headers.authorization === 'Bearer t') return json(response, 200, { repositories: ['acme/web'] });
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="r"`;
      return json(response, 401, {}, { 'www-authenticate': challenge });
    });
    await using client = clientFor(server.host);
    expect(await client.listRepositories()).toEqual({ names: ['acme/web'], hasMore: false });
    expect(scope).toBe('registry:catalog:*');
  });

  it.each([
    [404, 'REGISTRY_ERROR'],
    [403, 'DENIED'],
  ])('that are not shown (%i) are an error, not an empty list', async (status, code) => {
    await using server = await serve((request, response) =>
      request.url === '/v2/' ? json(response, 200, {}) : refuse(response, status, 'UNSUPPORTED', 'no catalog here'),
    );
    await using client = clientFor(server.host);
    expect(await failure(client.listRepositories())).toMatchObject({ code, facts: { status } });
  });
});
