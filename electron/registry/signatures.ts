import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Digest } from '../../shared/digest.ts';
import { PushboatError } from '../../shared/errors.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import type { RequestOptions } from './answers/retry.ts';
import { type ApiResponse, header, jsonOf } from './http/response.ts';
import type { Requester } from './requests.ts';

/** A registry that keeps signatures itself says so in every answer (containers/image, docs/signature-protocols.md). */
export function tellsOfSignatures(response: Pick<ApiResponse, 'headers'>): boolean {
  return header(response, 'x-registry-supports-signatures') === '1';
}

const listSchema = lazySchema(() =>
  z.object({
    signatures: z.array(z.object({ version: z.number(), name: z.string(), type: z.string(), content: z.base64() })),
  }),
);

/** Simple signatures of a manifest that such a registry has. */
export async function getSignatures(
  requester: Requester,
  repository: string,
  digest: Digest,
  options?: RequestOptions,
): Promise<Uint8Array[]> {
  const response = await requester.send(
    {
      method: 'GET',
      target: placeOf(repository, digest),
      access: { repository, actions: 'read' },
      expect: [200, 404],
      what: `show the signatures of ${digest}`,
    },
    options,
  );
  if (response.status === 404) return [];
  const parsed = listSchema.safeParse(jsonOf(response));
  if (!parsed.success) {
    const message = `The registry’s list of signatures of ${repository} is not valid.`;
    throw new PushboatError('PROTOCOL_ERROR', message, { repository, digest });
  }
  const known = parsed.data.signatures.filter(({ version, type }) => version === 2 && type === 'atomic');
  return known.map(({ content }) => Buffer.from(content, 'base64'));
}

/** Adds a simple signature of a manifest. */
export async function putSignature(
  requester: Requester,
  repository: string,
  digest: Digest,
  signature: Uint8Array,
  options?: RequestOptions,
): Promise<void> {
  const name = `${digest}@${randomBytes(16).toString('hex')}`;
  const content = Buffer.from(signature).toString('base64');
  await requester.send(
    {
      method: 'PUT',
      target: placeOf(repository, digest),
      access: { repository, actions: 'write' },
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ version: 2, name, type: 'atomic', content })),
      expect: [200, 201, 202, 204],
      what: `take a signature of ${digest}`,
    },
    options,
  );
}

function placeOf(repository: string, digest: Digest): string {
  return `/extensions/v2/${repository}/signatures/${digest}`;
}
