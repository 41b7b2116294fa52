import type { Agent, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { toPushboatError } from '../../shared/errors.ts';
import type { Platform } from '../../shared/images.ts';
import { jsonOrUndefined } from '../../shared/json.ts';
import type { EngineAddress } from './address.ts';
import {
  type EngineHistory,
  type EngineImage,
  type EngineInspect,
  historySchema,
  inspectSchema,
  listSchema,
} from './answers.ts';
import { isRefusedPath, versionsToTry } from './api-version.ts';
import { engineAgent, engineRequest } from './connection.ts';
import type { EngineName } from './endpoints.ts';
import { engineProtocol, engineRefused, engineUnreachable } from './errors.ts';

/** Milliseconds: an engine answers at once, but may take long to gather an image's layers before it sends them. */
const RESPONSE_TIMEOUT = 15_000;
const SAVE_TIMEOUT = 600_000;
const SAVE_PAUSE = 120_000;
/** Bytes of an answer in JSON: a list of 10,000 images has about 10 MiB. */
const MAX_RESPONSE = 64 * 1024 * 1024;

/** What an engine answers to what it may not know under this path: no such image is among it. */
const MAYBE_REFUSED = new Set([400, 403, 404, 405]);

/** What an engine, or the program that forwards its socket, answers while it starts; and milliseconds until it is asked again. */
const STARTING = 503;
const STARTING_PAUSES = [200, 500, 1_000, 2_000];

interface Answer {
  status: number;
  body: Readable;
}

/** The few requests of the Engine API that are needed here. */
export class EngineClient {
  readonly name: EngineName;
  readonly address: EngineAddress;
  #agent: Agent | undefined;
  /** What stands before every path: nothing, or `/v1.44`. */
  #version = '';

  constructor(name: EngineName, address: EngineAddress) {
    this.name = name;
    this.address = address;
  }

  /** @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE, CANCELLED */
  async images(signal?: AbortSignal): Promise<EngineImage[]> {
    return this.#json('/images/json', listSchema, 'list its images', signal);
  }

  /**
   * Undefined when there is no such image.
   * @param of the image of one platform, or all that an index lists; an engine that knows neither tells of its own platform.
   * @throws PushboatError as `images`
   */
  async inspect(
    image: string,
    { signal, of }: { signal?: AbortSignal | undefined; of?: Platform | 'manifests' | undefined } = {},
  ): Promise<EngineInspect | undefined> {
    const query = of === 'manifests' ? '?manifests=1' : platformQuery(...(of ? [of] : []));
    const path = `/images/${pathOf(image)}/json${query}`;
    return this.#json(path, inspectSchema.optional(), 'describe the image', signal);
  }

  /** Newest entry first; of one platform as `inspect`. @throws PushboatError as `images` */
  async history(image: string, of?: Platform): Promise<EngineHistory> {
    const path = `/images/${pathOf(image)}/history${platformQuery(...(of ? [of] : []))}`;
    return (await this.#json(path, historySchema.optional(), 'tell the history')) ?? [];
  }

  /**
   * The image as a docker archive, as it is made.
   * @param platforms of an index the images for these only; more than one from version 1.52 of the API on. None means all.
   * @throws PushboatError as `images`
   */
  async save(
    image: string,
    { signal, platforms = [] }: { signal?: AbortSignal; platforms?: readonly Platform[] } = {},
  ): Promise<Readable> {
    const path = `/images/${pathOf(image)}/get${platformQuery(...platforms)}`;
    const { status, body } = await this.#get(path, SAVE_TIMEOUT, signal);
    if (status === 200) return body;
    throw engineRefused(this.name, status, await this.#textOf(body), 'save the image');
  }

  /** Whether Podman has a manifest list of that name, of which it gives one image only. Other engines have none. @throws PushboatError as `images` */
  async isManifestList(name: string, signal?: AbortSignal): Promise<boolean> {
    const path = `/v4.0.0/libpod/manifests/${pathOf(name)}/exists`;
    const response = await this.#requestStarted('GET', path, RESPONSE_TIMEOUT, signal);
    await this.#textOf(response);
    return response.statusCode === 204;
  }

  /** Whether it answers at all. @throws PushboatError as `images` */
  async ping(signal?: AbortSignal): Promise<void> {
    const { status, body } = await this.#get('/_ping', RESPONSE_TIMEOUT, signal);
    const text = await this.#textOf(body);
    if (status !== 200) throw engineRefused(this.name, status, text, 'answer');
  }

  /** Gives an image one more name. @throws PushboatError as `images` */
  async tag(image: string, repository: string, tag: string, signal?: AbortSignal): Promise<void> {
    const query = new URLSearchParams({ repo: repository, tag });
    const path = `/images/${pathOf(image)}/tag?${query}`;
    const { status, body } = await this.#ask('POST', path, RESPONSE_TIMEOUT, signal);
    const text = await this.#textOf(body);
    if (status !== 201) throw engineRefused(this.name, status, text, 'name the image');
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
    const { status, body } = await this.#get(path, RESPONSE_TIMEOUT, signal);
    const text = await this.#textOf(body);
    const none = schema.safeParse(undefined);
    if (status === 404 && none.success) return none.data;
    if (status !== 200) throw engineRefused(this.name, status, text, what);
    const result = schema.safeParse(jsonOrUndefined(text));
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw engineProtocol(this.name, `${path}: ${issue?.path.map(String).join('.')}: ${issue?.message}`.slice(0, 300));
  }

  async #textOf(body: Readable): Promise<string> {
    try {
      return await textOf(body);
    } catch (error) {
      throw this.explain(error);
    }
  }

  #get(path: string, timeout: number, signal?: AbortSignal): Promise<Answer> {
    return this.#ask('GET', path, timeout, signal);
  }

  /** Asks without a version, for which an engine takes its own; with one where that is refused, and from then on. */
  async #ask(method: 'GET' | 'POST', path: string, timeout: number, signal?: AbortSignal): Promise<Answer> {
    const response = await this.#requestStarted(method, this.#version + path, timeout, signal);
    const first = { status: response.statusCode ?? 0, body: response };
    if (!MAYBE_REFUSED.has(first.status)) return first;
    const text = await this.#textOf(response);
    const refusal = { status: first.status, body: Readable.from([Buffer.from(text)]) };
    if (this.#version !== '' || !isRefusedPath(first.status, text)) return refusal;
    for (const version of versionsToTry(await this.#ownVersion(signal), text)) {
      const again = await this.#request(method, `/v${version}${path}`, timeout, signal);
      const status = again.statusCode ?? 0;
      const words = MAYBE_REFUSED.has(status) ? await this.#textOf(again) : undefined;
      if (words !== undefined && isRefusedPath(status, words)) continue;
      this.#version = `/v${version}`;
      return { status, body: words === undefined ? again : Readable.from([Buffer.from(words)]) };
    }
    return refusal;
  }

  /** The version that the engine speaks; undefined where it does not say it. */
  async #ownVersion(signal?: AbortSignal): Promise<string | undefined> {
    const response = await this.#request('GET', '/_ping', RESPONSE_TIMEOUT, signal);
    await this.#textOf(response);
    const version = response.headers['api-version'];
    return typeof version === 'string' ? version : undefined;
  }

  /** Asks again while the engine is starting, up to some seconds. */
  async #requestStarted(
    method: 'GET' | 'POST',
    path: string,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    for (const pause of STARTING_PAUSES) {
      const response = await this.#request(method, path, timeout, signal);
      if (response.statusCode !== STARTING) return response;
      await this.#textOf(response);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
    return this.#request(method, path, timeout, signal);
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
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

/** https://docs.docker.com/reference/api/engine/version-history/, 1.48, 1.49 and 1.52 */
function platformQuery(...platforms: readonly Platform[]): string {
  const fields = platforms.map((platform) => `platform=${encodeURIComponent(JSON.stringify(platform))}`);
  return fields.length === 0 ? '' : `?${fields.join('&')}`;
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
