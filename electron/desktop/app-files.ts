import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** The page's scheme, host and origin. A custom standard scheme rather than `file:`, which would reach every file of the disk. */
export const APP_SCHEME = 'pushboat';
export const APP_ORIGIN = `${APP_SCHEME}://app`;
export const APP_URL = `${APP_ORIGIN}/index.html`;

const MIME_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** No inline script or style, no connection at all: whatever the page needs from outside goes through the contract. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY_HEADERS: Record<string, string> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** Answers the page's requests with the files under `root` and nothing else. */
export function createAppFileHandler(root: string): (request: { url: string; method: string }) => Promise<Response> {
  return async ({ url, method }) => {
    if (method !== 'GET') return refusal(405);
    const path = await fileFor(root, url);
    const type = path === undefined ? undefined : MIME_TYPES[extname(path)];
    if (path === undefined || type === undefined) return refusal(404);
    const bytes = await readFile(path);
    return new Response(new Uint8Array(bytes), { headers: { ...SECURITY_HEADERS, 'Content-Type': type } });
  };
}

/** The file that `url` names, or undefined when it is not one of ours: `..`, encoded separators and links that lead out. */
async function fileFor(root: string, url: string): Promise<string | undefined> {
  const { protocol, host, pathname } = new URL(url);
  if (`${protocol}//${host}` !== APP_ORIGIN) return undefined;
  const path = decoded(pathname);
  if (path === undefined || path.includes('\\') || path.includes('\0') || path.split('/').includes('..'))
    return undefined;
  try {
    const realRoot = await realpath(root);
    const file = await realpath(join(realRoot, path === '/' ? 'index.html' : path));
    return file.startsWith(realRoot + sep) ? file : undefined;
  } catch {
    return undefined;
  }
}

function decoded(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: SECURITY_HEADERS });
}
