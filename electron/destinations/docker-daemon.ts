import { throwIfCancelled } from '../../shared/errors.ts';
import type { EngineAddress } from '../docker-api/address.ts';
import { EngineClient } from '../docker-api/client.ts';
import { dockerAddress } from '../docker-api/endpoints.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { DockerTar } from './docker-tar.ts';
import { EngineLoad } from './engine-load.ts';
import { type NameAndTag, taggedNames } from './names.ts';
import type { Unpacking } from './plain-layer.ts';
import type { ImageDestination, ImageWriter, OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { oneImageOnly } from './write-errors.ts';

/** `docker-daemon:REF`: an image of the Docker Engine, wherever Docker's own command line would look for that. */
export class DockerDaemonDestination implements ImageDestination {
  readonly transport = 'docker-daemon';
  readonly layers = 'plain';
  readonly leaves = ['index'] as const;
  readonly text: string;
  readonly name: string;
  readonly #tag: string;
  readonly #environment: LocalEnvironment;
  readonly #unpacking: Unpacking;

  constructor(text: string, { name, tag }: NameAndTag, environment: LocalEnvironment, unpacking: Unpacking) {
    this.text = text;
    this.name = name;
    this.#tag = tag;
    this.#environment = environment;
    this.#unpacking = unpacking;
  }

  /** @throws PushboatError ENGINE_FAILED, SOURCE_UNREADABLE saying what helps when there is no engine, or none that may be used */
  async begin(signal: AbortSignal): Promise<ImageWriter> {
    throwIfCancelled(signal);
    const address = await dockerAddress(this.#environment);
    const client = new EngineClient('Docker', address);
    try {
      await client.ping(signal);
    } finally {
      client.close();
    }
    return new DockerDaemonWriter(address, this.text, this.#tag, this.#unpacking);
  }
}

class DockerDaemonWriter implements ImageWriter {
  readonly #address: EngineAddress;
  readonly #text: string;
  readonly #tag: string;
  readonly #unpacking: Unpacking;
  #load: EngineLoad | undefined;
  #tar: DockerTar | undefined;

  constructor(address: EngineAddress, text: string, tag: string, unpacking: Unpacking) {
    this.#address = address;
    this.#text = text;
    this.#tag = tag;
    this.#unpacking = unpacking;
  }

  async add(outgoing: OutgoingImage, progress: WriteProgress, signal: AbortSignal): Promise<WrittenImage> {
    if (this.#load) throw oneImageOnly(this.#text, 'it has the name of one');
    throwIfCancelled(signal);
    this.#load = new EngineLoad('Docker', this.#address, signal);
    this.#tar = new DockerTar(this.#load, this.#text, this.#unpacking);
    const tags = new Set([this.#tag, ...taggedNames(outgoing.references)]);
    return this.#tar.add(outgoing, [...tags], progress, signal);
  }

  async commit(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await this.#tar?.finish();
    await this.#load?.finish(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#load?.[Symbol.dispose]();
    return Promise.resolve();
  }
}
