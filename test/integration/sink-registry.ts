// A registry in a process of its own that takes everything and keeps nothing but digests it was told: for pushes of many gigabytes.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const blobs = new Set<string>();
/** Bytes of each open upload. */
const uploads = new Map<string, number>();
let received = 0;

const server = createServer({ requestTimeout: 0 }, (request, response) => {
  const url = new URL(request.url ?? '/', 'http://sink');
  const upload = /\/uploads\/(\d+)$/.exec(url.pathname)?.[1];
  request.on('data', (chunk: Buffer) => {
    received += chunk.byteLength;
    if (upload !== undefined) uploads.set(upload, (uploads.get(upload) ?? 0) + chunk.byteLength);
  });
  request.on('end', () => answer(response, request.method ?? 'GET', url, upload));
});

function answer(response: ServerResponse, method: string, url: URL, upload: string | undefined): void {
  const digest = url.searchParams.get('digest') ?? '';
  const location = (id: string) => ({
    location: `/v2/big/blobs/uploads/${id}`,
    range: `0-${(uploads.get(id) ?? 1) - 1}`,
  });
  if (url.pathname === '/v2/') response.writeHead(200).end('{}');
  else if (url.pathname === '/received') response.end(String(received));
  else if (method === 'HEAD') response.writeHead(blobs.has(url.pathname.split('/').at(-1) ?? '') ? 200 : 404).end();
  else if (method === 'POST') {
    const id = String(uploads.size + 1);
    uploads.set(id, 0);
    response.writeHead(202, location(id)).end();
  } else if (method === 'PATCH') response.writeHead(202, location(upload ?? '')).end();
  else if (method === 'PUT') {
    blobs.add(digest);
    response.writeHead(201, { location: url.pathname }).end();
  } else response.writeHead(404).end();
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
