import type { KeyObject } from 'node:crypto';
import { toPushboatError } from '../../../shared/errors.ts';
import { isSchema1MediaType } from '../../../shared/media-types.ts';
import type { Reference } from '../../../shared/reference.ts';
import type { ConversionFacts } from '../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { convertImage } from '../../image/convert/convert-image.ts';
import { FORMAT_NAMES, type ManifestFormat } from '../../image/convert/errors.ts';
import type { Schema1Name } from '../../image/convert/to-schema1.ts';
import type { ImageTree } from '../../image/tree.ts';
import { pause } from '../../registry/answers/retry.ts';
import type { RunResult } from '../work.ts';
import { isBareRefusal, mayBecomeSchema2, mentionFormat, refusesFormat, refusesSchema1 } from './fallback.ts';
import { pushAndCommit, runPush } from './push-image.ts';
import type { PushRun } from './run.ts';

/** A run whose image may be sent in another format. */
export interface FormatRun extends PushRun {
  readonly signingKey: () => Promise<KeyObject>;
}

/** The format that a person asked for, or that the image needs: schema 1 names its target, so it is made for each one. */
export function formatFor(tree: ImageTree, { format }: TransferOptions): ManifestFormat | undefined {
  return format ?? (isSchema1MediaType(tree.root.mediaType) ? 'v2s1' : undefined);
}

/** As schema 1 writes its target. */
export function schema1NameOf({ repository, tag }: Reference & { tag: string }): Schema1Name {
  return { name: repository, tag };
}

/**
 * One push in the format that was asked for. Where none was, the manifests go as they are, and once more in Docker's schema 2 when the
 * registry does not take their format.
 * @throws PushboatError as `runPush` and `convertImage`; the registry's refusal where the image has no other form.
 */
export async function runInFormat(run: FormatRun): Promise<RunResult> {
  const format = formatFor(run.tree, run.options);
  if (format === undefined) for (const { descriptor } of run.tree.manifests) run.progress.restored(descriptor);
  const wanted: ConvertedRun = format === undefined ? { run } : await inFormat(run, format);
  try {
    return withConversion(await runPush(wanted.run), wanted);
  } catch (refusal) {
    const mayFallBack = run.options.format === undefined && run.target.digest === undefined;
    if (!mayFallBack || !mayBecomeSchema2(run.tree)) throw mentionFormat(refusal);
    if (refusesFormat(refusal) || refusesSchema1(refusal, run.tree)) return sendInSchema2(run, refusal);
    if (!isBareRefusal(refusal) || (await isSigned(run))) throw mentionFormat(refusal);
    return sendOnceMore(wanted, run, refusal);
  }
}

/** Another format would be another digest than the signatures and artifacts about the image name. */
async function isSigned({ image, tree, options }: FormatRun): Promise<boolean> {
  if (options.sign !== undefined || options.referrers === true) return true;
  const signatures = (await image.signatures?.(image.signedAs ?? tree.root.digest)) ?? [];
  return signatures.length > 0;
}

/**
 * A refusal without a reason may pass, so that the image keeps its format; one that does not is most likely about that.
 * @param wanted what was refused: an image of schema 1 has the target's name in it, and the one in the store has not.
 */
async function sendOnceMore(wanted: ConvertedRun, run: FormatRun, refusal: unknown): Promise<RunResult> {
  const { progress, retry, signal, draining } = run;
  const reason = 'the registry gives no reason; trying once more';
  progress.toState(wanted.run.tree.root.digest, 'retrying', { attempt: 2, reason });
  await pause(retry.baseDelayMs, [signal, draining]);
  try {
    return withConversion(await pushAndCommit(wanted.run), wanted);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!isBareRefusal(thrown) && !refusesFormat(thrown)) throw thrown;
    return sendInSchema2(run, refusal);
  }
}

/** The blobs are there by now, so only manifests are left to send. The first refusal is told when this does not help either. */
async function sendInSchema2(run: FormatRun, refusal: unknown): Promise<RunResult> {
  const attempt = 2;
  const reason = `the registry does not take this format; trying ${FORMAT_NAMES.v2s2}`;
  for (const { descriptor } of run.tree.manifests)
    run.progress.toState(descriptor.digest, 'retrying', { attempt, reason });
  try {
    const converted = await inFormat(run, 'v2s2');
    const result = withConversion(await pushAndCommit(converted.run), converted);
    return result.conversion ? { ...result, conversion: { ...result.conversion, isRefused: true } } : result;
  } catch (thrown) {
    run.signal.throwIfAborted();
    run.progress.rewind();
    const isHopeless = toPushboatError(thrown).code === 'FORMAT_UNSUPPORTED' || refusesFormat(thrown);
    throw isHopeless || isBareRefusal(thrown) ? mentionFormat(refusal) : thrown;
  }
}

interface ConvertedRun {
  run: PushRun;
  /** Absent where nothing had to change. */
  conversion?: ConversionFacts;
  retyped?: number;
}

function withConversion(result: RunResult, { conversion, retyped = 0 }: ConvertedRun): RunResult {
  return conversion ? { ...result, conversion, retyped } : result;
}

async function inFormat(run: FormatRun, format: ManifestFormat): Promise<ConvertedRun> {
  const { image, tree, signingKey, signal } = run;
  const name = schema1NameOf(run.target);
  const converted = await convertImage(image, tree, { format, name, signingKey, signal });
  if (!converted) return { run };
  run.progress.convertTree(tree, converted);
  return {
    run: { ...run, image: converted.image, tree: converted.tree },
    conversion: { from: tree.root.mediaType, to: converted.tree.root.mediaType, lost: converted.lost },
    retyped: converted.retyped,
  };
}
