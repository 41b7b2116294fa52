import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Codes of the spec's error body. */
  codes: string[];
}

/** One plain request on a connection of its own, without any help: what the tests of the embedded registry speak with. */
export function call(
  method: string,
  url: string | URL,
  options: { headers?: Record<string, string>; body?: Uint8Array | string; ca?: string } = {},
): Promise<Answer> {
  const target = new URL(url);
  // Large bodies are not copied: some tests look at the memory.
  const body = typeof options.body === 'string' ? Buffer.from(options.body) : options.body;
  return new Promise((resolve, reject) => {
    const headers = {
      ...options.headers,
      ...(body || method === 'POST' || method === 'PUT' ? { 'content-length': String(body?.length ?? 0) } : {}),
    };
    const make = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = make(
      target,
      { method, headers, agent: false, ...(options.ca ? { ca: options.ca } : {}) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, codes: codesOf(bytes) });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The Location of an answer as a URL, with `digest` added when given. */
export function locationOf(answer: Answer, base: string, digest?: string): URL {
  const url = new URL(String(answer.headers['location']), base);
  if (digest) url.searchParams.set('digest', digest);
  return url;
}

function codesOf(bytes: Buffer): string[] {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as { errors?: { code: string }[] };
    return (value.errors ?? []).map((error) => error.code);
  } catch {
    return [];
  }
}
