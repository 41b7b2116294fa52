import { plainLayers } from '../../image/compress/compressed-tree.ts';
import type { ImageTree } from '../../image/tree.ts';
import type { Descriptor } from '../../image/types.ts';
import { CompressionStage } from '../content/compression-stage.ts';
import type { LayerCompressor } from '../content/layer-compressor.ts';
import { layersCalledPlain } from '../content/layers-to-compress.ts';
import { compressionFor } from '../content/setting.ts';
import type { RunResult } from '../work.ts';
import type { ArrivingPush } from './arriving-push.ts';
import { type FormatRun, runInFormat } from './in-format.ts';
import { pushBlob } from './push-blob.ts';
import { checkLocalBlobs, pushBlobs } from './push-image.ts';
import type { BlobRun } from './run.ts';

/** The run of a job whose image may have plain layers, and who compresses them. */
export interface CompressingRun extends FormatRun {
  readonly compressor: LayerCompressor;
  /** Compressed layers are kept until it is released. */
  readonly owner: object;
  /** What was compressed and is being sent since the store has begun to give the image. */
  readonly arriving?: ArrivingPush | undefined;
}

/**
 * A push in which plain layers are compressed on the way. Layers whose compressed form is known are pushed as any other, and read
 * only when the registry lacks them; each of the others goes up as soon as it is compressed, and the manifests when all are.
 * @throws PushboatError as `runInFormat` and `LayerCompressor.compress`.
 */
export async function runCompressedPush(run: CompressingRun): Promise<RunResult> {
  const setting = compressionFor(run.image, run.options);
  if (!setting || plainLayers(run.tree).length === 0) return runInFormat(run);
  const layers = await layersCalledPlain(run, setting, run.signal);
  await using stage = new CompressionStage(run, setting, layers);
  const { image, makeReady } = stage;
  const compressed: FormatRun = {
    ...run,
    image,
    makeReady,
    sendBlob: (each, blob) => sendCompressed(stage, each, blob, run.arriving),
  };
  if (stage.hasUnknown()) {
    await run.client.checkApi({ signal: run.signal });
    await checkLocalBlobs(run);
    await pushBlobs({ ...compressed, tree: blobsToSend(run) });
  }
  const { retyped = 0, ...result } = await runInFormat({ ...compressed, tree: stage.compressedTree() });
  return { ...result, retyped: retyped + layers.packed.size };
}

/** Schema 1 holds the config in the manifest. */
function blobsToSend({ tree, options }: CompressingRun): ImageTree {
  return options.format === 'v2s1' ? { ...tree, blobs: tree.blobs.filter(({ kind }) => kind !== 'config') } : tree;
}

/** Sends a blob to the registry, in the form in which it is pushed. */
async function sendCompressed(
  stage: CompressionStage,
  run: BlobRun,
  blob: Descriptor,
  arriving: ArrivingPush | undefined,
): Promise<void> {
  try {
    const sent = await stage.sentForm(blob, run.signal);
    await arriving?.ended(sent.digest);
    await pushBlob(run, sent);
    await stage.uploaded(sent);
  } catch (thrown) {
    stage.fail(thrown);
    throw thrown;
  }
}
