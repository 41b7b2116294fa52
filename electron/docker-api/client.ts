import type { Agent, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { toPushboatError } from '../../shared/errors.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import { lazySchema } from '../../shared/lazy-schema.ts';
import { digestSchema } from '../../shared/schemas.ts';
import type { EngineAddress } from './address.ts';
import { engineAgent, engineRequest } from './connection.ts';
import type { EngineName } from './endpoints.ts';
import { engineProtocol, engineRefused, engineUnreachable } from './errors.ts';

/** Milliseconds: an engine answers at once, but may take long to gather an image's layers before it sends them. */
const RESPONSE_TIMEOUT = 15_000;
const SAVE_TIMEOUT = 600_000;
const SAVE_PAUSE = 120_000;
/** Bytes of an answer in JSON: a list of 10,000 images has about 10 MiB. */
const MAX_RESPONSE = 64 * 1024 * 1024;

const listSchema = lazySchema(() =>
  z.array(
    z.object({
      Id: digestSchema,
      RepoTags: z.array(z.string()).nullish(),
      /** Seconds since 1970. */
      Created: z.number().nullish(),
      /** Bytes. */
      Size: z.number().nullish(),
    }),
  ),
);

const inspectSchema = lazySchema(() =>
  z.object({
    Id: digestSchema,
    RepoTags: z.array(z.string()).nullish(),
    Created: z.string().nullish(),
    Os: z.string().nullish(),
    Architecture: z.string().nullish(),
    Variant: z.string().nullish(),
    Size: z.number().nullish(),
    RootFS: z.object({ Layers: z.array(digestSchema).nullish() }).nullish(),
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
  }),
);

const historySchema = lazySchema(() =>
  z.array(z.object({ CreatedBy: z.string().nullish(), Size: z.number().nullish() })),
);

export type EngineImage = z.output<typeof listSchema>[number];
export type EngineInspect = z.output<typeof inspectSchema>;
export type EngineHistory = z.output<typeof historySchema>;

/** The few requests of the Engine API that are needed here. */
export class EngineClient {
  readonly name: EngineName;
  readonly address: EngineAddress;
  #agent: Agent | undefined;

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
  async save(image: string, signal?: AbortSignal): Promise<Readable> {
    const response = await this.#get(`/images/${pathOf(image)}/get`, SAVE_TIMEOUT, signal);
    if (response.statusCode === 200) return response;
    throw engineRefused(this.name, response.statusCode ?? 0, await this.#textOf(response), 'save the image');
  }

  /** Whether it answers at all. @throws PushboatError as `images` */
  async ping(signal?: AbortSignal): Promise<void> {
    const response = await this.#get('/_ping', RESPONSE_TIMEOUT, signal);
    const text = await this.#textOf(response);
    if (response.statusCode !== 200) throw engineRefused(this.name, response.statusCode ?? 0, text, 'answer');
  }

  /** Gives an image one more name. @throws PushboatError as `images` */
  async tag(image: string, repository: string, tag: string, signal?: AbortSignal): Promise<void> {
    const query = new URLSearchParams({ repo: repository, tag });
    const response = await this.#ask('POST', `/images/${pathOf(image)}/tag?${query}`, RESPONSE_TIMEOUT, signal);
    const text = await this.#textOf(response);
    if (response.statusCode !== 201) throw engineRefused(this.name, response.statusCode ?? 0, text, 'name the image');
  }

  /** What an interrupted answer means. */
  explain(error: unknown): Error {
    return engineUnreachable(this.name, this.address, error);
  }

  /** Ends the connections that nothing runs on; the next request makes new ones. */
  close(): void {
    const sockets = Object.values(this.#agent?.freeSockets ?? {});
    for (const idle of sockets) for (const socket of idle ?? []) socket.destroy();
  }

  async #json<T extends z.ZodType>(path: string, schema: T, what: string, signal?: AbortSignal): Promise<z.output<T>> {
    const response = await this.#get(path, RESPONSE_TIMEOUT, signal);
    const { statusCode = 0 } = response;
    const text = await this.#textOf(response);
    const none = schema.safeParse(undefined);
    if (statusCode === 404 && none.success) return none.data;
    if (statusCode !== 200) throw engineRefused(this.name, statusCode, text, what);
    const result = schema.safeParse(jsonOrUndefined(text));
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw engineProtocol(this.name, `${path}: ${issue?.path.map(String).join('.')}: ${issue?.message}`.slice(0, 300));
  }

  async #textOf(response: IncomingMessage): Promise<string> {
    try {
      return await textOf(response);
    } catch (error) {
      throw this.explain(error);
    }
  }

  #get(path: string, timeout: number, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.#ask('GET', path, timeout, signal);
  }

  async #ask(method: 'GET' | 'POST', path: string, timeout: number, signal?: AbortSignal): Promise<IncomingMessage> {
    const agent = (this.#agent ??= engineAgent(this.address));
    try {
      return await new Promise((resolve, reject) => {
        const options = { method, path, agent, signal };
        const asked = engineRequest(this.address, options, (response) => {
          asked.setTimeout(SAVE_PAUSE);
          resolve(response);
        });
        asked.setTimeout(timeout, () => asked.destroy(new Error('no answer in time')));
        // After the answer has begun, its reader is told of a failure by the answer itself.
        asked.on('error', reject);
        asked.end();
      });
    } catch (error) {
      throw signal?.aborted ? toPushboatError(signal.reason) : this.explain(error);
    }
  }
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
    if (size > MAX_RESPONSE) throw new Error(`the answer is longer than ${MAX_RESPONSE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
