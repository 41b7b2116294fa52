import type { KeyObject } from 'node:crypto';
import type { Digest } from '../../../shared/digest.ts';
import { PushboatError } from '../../../shared/errors.ts';
import { canonicalReference } from '../../../shared/reference.ts';
import { type ImageTree, readImageTree } from '../../image/tree.ts';
import type { SourceGate } from '../../policy/source-gate.ts';
import type { RetryPolicy } from '../../registry/answers/retry-delay.ts';
import type { RegistryClient, RemoteManifest } from '../../registry/types.ts';
import type { Signer } from '../../signatures/signer.ts';
import { companionNotes, conversionNotes, foreignNotes, layerNotes, oddityNotes } from '../content/job-notes.ts';
import type { LayerCompressor } from '../content/layer-compressor.ts';
import { manifestsOf, prepareTree } from '../content/prepare-tree.ts';
import type { Journal } from '../journal/journal.ts';
import { isSettledRow, type JobProgress } from '../progress.ts';
import { requireTag } from '../target.ts';
import type { PushRequest } from '../types.ts';
import type { JobRun, JobWork, NotedResult, RunResult } from '../work.ts';
import { ArrivingPush } from './arriving-push.ts';
import type { Bandwidth } from './bandwidth.ts';
import type { BlobLocations } from './blob-locations.ts';
import { runCompressedPush } from './compressing.ts';
import type { Lines } from './line.ts';
import { pushCompanions } from './push-companions.ts';
import { isRootDigest } from './root-digest.ts';
import { keysOf, signImage } from './sign-image.ts';
import { TargetTag } from './target-tag.ts';
import { UploadSessions } from './upload-sessions.ts';

/** What all pushes of a queue share. */
export interface PushContext {
  clientFor: (registry: string, repository?: string) => RegistryClient;
  locations: BlobLocations;
  journal: Journal;
  bandwidth: Bandwidth;
  lines: Lines;
  compressor: LayerCompressor;
  /** Signs manifests of Docker's schema 1. */
  signingKey: () => Promise<KeyObject>;
  /** Asked of each image whether it may be used. */
  gate: SourceGate | undefined;
  /** Signs images that are pushed. */
  signer: Signer | undefined;
  retry: RetryPolicy;
}

/** One push of one image to one tag. Open uploads are kept between runs, so that every run continues where the last one was. */
export class PushWork implements JobWork {
  readonly resumable = true;
  readonly target;
  readonly #request: PushRequest;
  readonly #context: PushContext;
  readonly #sessions: UploadSessions;
  readonly #tag = new TargetTag();
  readonly #arrived = new Map<string, Digest>();
  /** What a run has pushed whose signature is still to be made: the next one need not push it again. */
  #pushed: (NotedResult & Pick<RunResult, 'manifests'>) | undefined;

  /** @throws PushboatError TARGET_DIGEST */
  constructor(request: PushRequest, context: PushContext) {
    const reference = requireTag(request.target);
    this.target = { kind: 'registry', reference } as const;
    this.#request = request;
    this.#context = context;
    this.#sessions = new UploadSessions(context.journal, reference.registry, reference.repository);
  }

  get imageId(): string {
    return this.#request.imageId;
  }

  get imageName(): string {
    return this.#request.imageName;
  }

  async run(run: JobRun): Promise<NotedResult> {
    const { sign } = this.#request.options;
    if (!sign) return this.#push(run);
    // Before anything is sent: a key that cannot be used would leave the image there without its signature.
    const { clientFor, signer } = this.#context;
    if (!signer) throw new PushboatError('INTERNAL', 'Nothing here can sign images.', { hint: 'report-bug' });
    await signer.prepare(keysOf(sign));
    this.#pushed ??= await this.#push(run);
    run.planned();
    run.draining.throwIfAborted();
    const target = this.target.reference;
    const { progress, signal } = run;
    const { manifests = [], ...pushed } = this.#pushed;
    const signing = {
      client: clientFor(target.registry, target.repository),
      target,
      options: sign,
      signer,
      progress,
      signal,
    };
    const { signatures, notes } = await signImage(signing, manifests);
    return { ...pushed, signatures, notes: [...pushed.notes, ...notes] };
  }

  async #push({ planned, ...run }: JobRun): Promise<NotedResult & Pick<RunResult, 'manifests'>> {
    const { options } = this.#request;
    const { progress, signal } = run;
    const { clientFor, locations, retry, journal, bandwidth, lines, compressor, signingKey, gate } = this.#context;
    const target = this.target.reference;
    const client = clientFor(target.registry, target.repository);
    // Bytes of an earlier start: whoever resumes them before the network is there need not do it again.
    if (progress.all().some(({ sent }) => sent > 0)) client.expectAnswers();
    const pushing = {
      ...run,
      client,
      target,
      options,
      sendsAll: options.force ? true : undefined,
      locations,
      journal,
      bandwidth,
      line: lines.to(target.registry),
      sessions: this.#sessions,
      retry,
    };
    await using arriving = new ArrivingPush({
      ...pushing,
      compressor,
      owner: this,
      gate,
      arrived: this.#arrived,
      planned,
    });
    const image = await arriving.open(this.#request);
    const { tree, notes, faults } = await prepareTree(
      image,
      options,
      gate,
      signal,
      manifestsOf(client, target.repository, signal),
    );
    if (arriving.hasRows) progress.completeTree(tree);
    else progress.addTree(tree);
    planned();
    const kept = options.onlyNew ? await client.headManifest(target.repository, target.tag, { signal }) : null;
    if (kept) return keptResult(kept, tree, progress, canonicalReference(target));
    const { retyped = 0, ...result } = await runCompressedPush({
      ...pushing,
      image,
      tree,
      compressor,
      signingKey,
      owner: this,
      arriving,
      tagSeen: this.#tag.seen,
    });
    const pace = pushing.line.takePace();
    if (pace !== undefined) journal.traits.savePace(target.registry, pace);
    await Promise.all(this.#sessions.takeResting().map((session) => client.cancelUpload(session)));
    const takesAlong = options.referrers === true && !options.removeSignatures;
    const brought = takesAlong ? await pushCompanions(pushing, image, result.manifests ?? []) : [];
    const behind = await companionNotes(image, tree, [...(this.#request.along ?? []), ...brought]);
    return {
      ...result,
      bytesSent: progress.networkBytes,
      companions: takesAlong ? brought.length : undefined,
      tag: this.#tag.change(result.digest),
      notes: [
        ...oddityNotes(image),
        ...layerNotes(faults, retyped),
        ...notes,
        ...foreignNotes(tree, options),
        ...behind,
        ...conversionNotes(result.conversion, options),
      ],
    };
  }

  /** Closes the uploads on the registry, but those that another job will go on with. */
  async abandon(hasRun: boolean, wanted: ReadonlySet<Digest>): Promise<void> {
    if (!hasRun) await this.#recallSessions();
    const client = this.#context.clientFor(this.target.reference.registry, this.target.reference.repository);
    await Promise.all(this.#sessions.takeAllBut(wanted).map((session) => client.cancelUpload(session)));
  }

  release(): Promise<void> {
    return this.#context.compressor.release(this);
  }

  /** The uploads of an earlier start are in the journal, under the image's blobs. */
  async #recallSessions(): Promise<void> {
    try {
      const tree = await readImageTree(await this.#request.openImage());
      for (const { descriptor } of tree.blobs) this.#sessions.get(descriptor);
    } catch {
      // An image that cannot be read any more names no blobs; its uploads end on the registry's side by themselves.
    }
  }
}

/** A push that leaves the tag as it is: nothing was sent. */
function keptResult(found: RemoteManifest, tree: ImageTree, progress: JobProgress, reference: string): NotedResult {
  for (const { digest, state } of progress.all()) if (!isSettledRow(state)) progress.toState(digest, 'skipped');
  const { digest, mediaType } = tree.root;
  const isSame = found.digest !== undefined && isRootDigest(tree, found.digest);
  return {
    reference,
    digest: found.digest ?? digest,
    mediaType: found.mediaType ?? mediaType,
    bytesSent: 0,
    bytesSaved: 0,
    unchanged: isSame,
    tag: { state: isSame ? 'same' : 'kept' },
    notes: [],
  };
}
