import { PushboatError, throwIfCancelled } from '../../shared/errors.ts';
import { parseReference } from '../../shared/reference.ts';
import type { EngineAddress } from '../docker-api/address.ts';
import { EngineClient } from '../docker-api/client.ts';
import { podmanAddress } from '../docker-api/endpoints.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { isNotThere } from '../files/system-errors.ts';
import { EngineLoad } from './engine-load.ts';
import { LayoutTar } from './layout-tar.ts';
import { type NameAndTag, taggedNames } from './names.ts';
import { soleManifest } from './outgoing.ts';
import type { ImageDestination, ImageWriter, OutgoingImage, WriteProgress, WrittenImage } from './types.ts';
import { oneImageOnly } from './write-errors.ts';

/**
 * `containers-storage:REF`: an image of Podman, Buildah and CRI-O. Their store is written by Podman's service alone, which knows its
 * locks and drivers; it gets an OCI archive, so that manifest and layers stay what they are.
 */
export class ContainersStorageDestination implements ImageDestination {
  readonly transport = 'containers-storage';
  readonly layers = 'kept';
  readonly leaves = ['foreign', 'index'] as const;
  readonly text: string;
  readonly name: string;
  readonly #tag: string;
  readonly #environment: LocalEnvironment;

  constructor(text: string, { name, tag }: NameAndTag, environment: LocalEnvironment) {
    this.text = text;
    this.name = name;
    this.#tag = tag;
    this.#environment = environment;
  }

  /** @throws PushboatError SOURCE_UNREADABLE saying how to start the service, ENGINE_FAILED, CANCELLED */
  async begin(signal: AbortSignal): Promise<ImageWriter> {
    throwIfCancelled(signal);
    const address = await podmanAddress(this.#environment);
    const client = new EngineClient('Podman', address);
    try {
      await client.ping(signal);
    } catch (error) {
      throw isNotThere(error) ? withoutService(this.text, error) : error;
    } finally {
      client.close();
    }
    return new ContainersStorageWriter(address, this.text, this.#tag);
  }
}

class ContainersStorageWriter implements ImageWriter {
  readonly #address: EngineAddress;
  readonly #text: string;
  readonly #tag: string;
  #load: EngineLoad | undefined;
  #tar: LayoutTar | undefined;
  #otherTags: string[] = [];

  constructor(address: EngineAddress, text: string, tag: string) {
    this.#address = address;
    this.#text = text;
    this.#tag = tag;
  }

  async add(outgoing: OutgoingImage, progress: WriteProgress, signal: AbortSignal): Promise<WrittenImage> {
    if (this.#load) throw oneImageOnly(this.#text, 'it has the name of one');
    const { descriptor } = soleManifest(outgoing.tree, this.#text);
    throwIfCancelled(signal);
    this.#load = new EngineLoad('Podman', this.#address, signal);
    this.#tar = new LayoutTar(this.#load);
    this.#otherTags = taggedNames(outgoing.references).filter((tag) => tag !== this.#tag);
    return this.#tar.add(withRoot(outgoing, descriptor), [this.#tag], progress, signal);
  }

  async commit(signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await this.#tar?.finish();
    await this.#load?.finish(signal);
    const client = new EngineClient('Podman', this.#address);
    try {
      for (const other of new Set(this.#otherTags)) {
        const { registry, repository, tag = 'latest' } = parseReference(other);
        await client.tag(this.#tag, `${registry}/${repository}`, tag, signal);
      }
    } finally {
      client.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#load?.[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** The one manifest of a tree as its root, without the index around it and what belongs to other manifests. */
function withRoot(
  { image, tree }: OutgoingImage,
  root: OutgoingImage['tree']['root'],
): Pick<OutgoingImage, 'image' | 'tree'> {
  const manifests = tree.manifests.filter(({ descriptor }) => descriptor.digest === root.digest);
  const wanted = new Set(
    manifests
      .flatMap(({ parsed }) => (parsed.kind === 'manifest' ? [parsed.config, ...parsed.layers] : []))
      .map(({ digest }) => digest),
  );
  const blobs = tree.blobs.filter(({ descriptor }) => wanted.has(descriptor.digest));
  return { image, tree: { root, manifests, blobs, missing: [] } };
}

function withoutService(text: string, cause: PushboatError): PushboatError {
  const detail = cause.message.replace(/\.$/, '');
  const message = `${text} is written through Podman’s service, and there is none: ${detail}.`;
  return new PushboatError('SOURCE_UNREADABLE', message, { ...cause.facts, detail, hint: 'start-podman-service' });
}
