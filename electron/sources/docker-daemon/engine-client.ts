import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import { z } from 'zod';
import { isDigest } from '../../../shared/digest.ts';
import { toPushboatError } from '../../../shared/errors.ts';
import type { EngineAddress } from './address.ts';
import type { EngineName } from './endpoints.ts';
import { engineProtocol, engineRefused, engineUnreachable } from './engine-error.ts';

/** Milliseconds: an engine answers at once, but may take long to gather an image's layers before it sends them. */
const ANSWER_TIMEOUT = 15_000;
const EXPORT_TIMEOUT = 600_000;
const SILENCE_TIMEOUT = 120_000;
/** Some of them may be busy with exports for long. */
const CONNECTIONS = 8;
/** Bytes of an answer in JSON: a list of 10,000 images has about 10 MiB. */
const MAX_ANSWER = 64 * 1024 * 1024;

const imageId = z.string().refine(isDigest, 'is not a digest');

const listSchema = z.array(
  z.object({
    Id: imageId,
    RepoTags: z.array(z.string()).nullish(),
    /** Seconds since 1970. */
    Created: z.number().nullish(),
    /** Bytes. */
    Size: z.number().nullish(),
  }),
);

const inspectSchema = z.object({
  Id: imageId,
  RepoTags: z.array(z.string()).nullish(),
  Created: z.string().nullish(),
  Os: z.string().nullish(),
  Architecture: z.string().nullish(),
  Variant: z.string().nullish(),
  Size: z.number().nullish(),
  RootFS: z.object({ Layers: z.array(z.string().refine(isDigest, 'is not a digest')).nullish() }).nullish(),
  Config: z
    .object({
      Labels: z.record(z.string(), z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

const historySchema = z.array(z.object({ CreatedBy: z.string().nullish(), Size: z.number().nullish() }));

export type EngineImage = z.output<typeof listSchema>[number];
export type EngineInspect = z.output<typeof inspectSchema>;
export type EngineHistory = z.output<typeof historySchema>;

/** The few requests of the Engine API that reading images needs. */
export class EngineClient {
  readonly name: EngineName;
  readonly address: EngineAddress;
  #pool: Pool | undefined;

  constructor(name: EngineName, address: EngineAddress) {
    this.name = name;
    this.address = address;
  }

  /** @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE, CANCELLED */
  async images(signal?: AbortSignal): Promise<EngineImage[]> {
    return this.#json('/images/json', listSchema, 'list its images', signal);
  }

  /** Undefined when there is no such image. @throws PushboatError as `images` */
  async inspect(image: string, signal?: AbortSignal): Promise<EngineInspect | undefined> {
    return this.#json(`/images/${pathOf(image)}/json`, inspectSchema.optional(), 'describe the image', signal);
  }

  /** Newest entry first. @throws PushboatError as `images` */
  async history(image: string): Promise<EngineHistory> {
    return (await this.#json(`/images/${pathOf(image)}/history`, historySchema.optional(), 'tell the history')) ?? [];
  }

  /** The image as a docker archive, as it is made. @throws PushboatError as `images` */
  async export(image: string, signal?: AbortSignal): Promise<Readable> {
    const { statusCode, body } = await this.#get(`/images/${pathOf(image)}/get`, EXPORT_TIMEOUT, signal);
    if (statusCode === 200) return body;
    throw engineRefused(this.name, statusCode, await textOf(body), 'export the image');
  }

  /** What an interrupted answer means. */
  explain(error: unknown): Error {
    return engineUnreachable(this.name, this.address, error);
  }

  /** Ends the connections when what runs on them is over; the next request makes new ones. */
  close(): void {
    const pool = this.#pool;
    this.#pool = undefined;
    // A connection that broke meanwhile has told its own request.
    pool?.close().catch(() => undefined);
  }

  async #json<T extends z.ZodType>(path: string, schema: T, what: string, signal?: AbortSignal): Promise<z.output<T>> {
    const { statusCode, body } = await this.#get(path, ANSWER_TIMEOUT, signal);
    let text: string;
    try {
      text = await textOf(body);
    } catch (error) {
      throw this.explain(error);
    }
    const none = schema.safeParse(undefined);
    if (statusCode === 404 && none.success) return none.data;
    if (statusCode !== 200) throw engineRefused(this.name, statusCode, text, what);
    const result = schema.safeParse(parseJson(text));
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw engineProtocol(this.name, `${path}: ${issue?.path.map(String).join('.')}: ${issue?.message}`.slice(0, 300));
  }

  async #get(path: string, headersTimeout: number, signal?: AbortSignal) {
    this.#pool ??= connect(this.address);
    try {
      return await this.#pool.request({
        method: 'GET',
        path,
        headersTimeout,
        bodyTimeout: SILENCE_TIMEOUT,
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      throw signal?.aborted ? toPushboatError(signal.reason) : this.explain(error);
    }
  }
}

function connect(address: EngineAddress): Pool {
  const connections = CONNECTIONS;
  // The name in the URL is never looked up: the socket says who answers.
  if (address.kind === 'socket') return new Pool('http://localhost', { connections, socketPath: address.path });
  if (!address.tls) return new Pool(`http://${address.host}:${address.port}`, { connections });
  const { verify, ...files } = address.tls;
  const connectOptions = { ...files, rejectUnauthorized: verify };
  return new Pool(`https://${address.host}:${address.port}`, { connections, connect: connectOptions });
}

/** A name or id within a path: slashes and colons stay, whatever could end the path does not. */
function pathOf(image: string): string {
  return image.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
