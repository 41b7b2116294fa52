import { z } from 'zod';
import { PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import type { RemoteNames } from '../../shared/registry-names.ts';
import type { RequestOptions } from './answers/retry.ts';
import type { Access } from './auth/scopes.ts';
import { type ApiResponse, header, jsonOf } from './http/response.ts';
import type { Requester } from './requests.ts';

/** Names asked for at once: what docker-registry allows. Quay and others give fewer, and say where the next ones are. */
const PAGE_NAMES = 1000;
/** Enough to choose from by typing; a list that is longer says so. */
const MAX_PAGES = 10;
/** gcr.io lists manifests along with the tags. Bytes. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;

/** Docker's registry says null where there is none. */
const listSchema = lazySchema(() => z.array(z.string().max(512)).nullish());
const tagsSchema = lazySchema(() => z.object({ tags: listSchema }).transform(({ tags }) => tags ?? []));
const catalogSchema = lazySchema(() =>
  z.object({ repositories: listSchema }).transform(({ repositories }) => repositories ?? []),
);

interface List {
  path: string;
  access: Access;
  schema: typeof tagsSchema | typeof catalogSchema;
  /** As in "The registry refused to <what>". */
  what: string;
}

/** The tags of a repository in the registry's order; none where it does not know the repository. */
export function listTags(requester: Requester, repository: string, options?: RequestOptions): Promise<RemoteNames> {
  const path = `/v2/${repository}/tags/list`;
  const what = `list the tags of ${repository}`;
  return readPages(requester, { path, access: { repository, actions: 'read' }, schema: tagsSchema, what }, options);
}

/**
 * The repositories that the registry shows to this account. Many show none: it is an extension of Docker's registry, not of the
 * specification (https://distribution.github.io/distribution/spec/api/#listing-repositories).
 */
export function listRepositories(requester: Requester, options?: RequestOptions): Promise<RemoteNames> {
  const access: Access = { actions: 'read', catalog: true };
  return readPages(
    requester,
    { path: '/v2/_catalog', access, schema: catalogSchema, what: 'list its repositories' },
    options,
  );
}

async function readPages(requester: Requester, list: List, options?: RequestOptions): Promise<RemoteNames> {
  const { path, access, what } = list;
  const names = new Set<string>();
  let next: string | undefined = `${path}?n=${PAGE_NAMES}`;
  for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
    const response: ApiResponse = await requester.send(
      { method: 'GET', target: next, access, expect: [200, 404], what, maxResponse: MAX_LIST_BYTES },
      options,
    );
    if (response.status === 404 && access.repository === undefined) throw noList(response);
    if (response.status === 404) return { names: [...names], hasMore: false };
    const before = names.size;
    for (const name of namesOf(list, response)) names.add(name);
    // A page that says nothing new would be followed by itself.
    next = names.size > before ? nextPage(response) : undefined;
  }
  return { names: [...names], hasMore: next !== undefined };
}

/**
 * Of the `Link` header (RFC 8288) only the way counts: the registry is where it is. A path that begins with two slashes, as some are put
 * together, would be read as another host.
 */
function nextPage(response: ApiResponse): string | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next\b/i.exec(header(response, 'link') ?? '')?.[1];
  const url = link === undefined ? undefined : URL.parse(link.replace(/^\/+/, '/'), response.url.href);
  return url ? url.pathname.replace(/^\/+/, '/') + url.search : undefined;
}

function namesOf({ schema, what }: List, response: ApiResponse): string[] {
  const parsed = schema.safeParse(jsonOf(response));
  if (parsed.success) return parsed.data;
  throw new PushboatError('PROTOCOL_ERROR', `The registry gave no list when asked to ${what}.`, {
    registry: response.url.host,
    status: response.status,
  });
}

function noList(response: ApiResponse): PushboatError {
  return new PushboatError('REGISTRY_ERROR', 'The registry has no list of its repositories.', {
    registry: response.url.host,
    status: response.status,
  });
}
