import type { Digest } from '../../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../../shared/errors.ts';
import type { JobNote } from '../../../shared/job-notes.ts';
import { canonicalReference, type Reference } from '../../../shared/reference.ts';
import type { SigningKeyName, SignOptions } from '../../../shared/signing.ts';
import type { TransferResult } from '../../../shared/transfer-events.ts';
import { digestOf } from '../../image/verify.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { addSignature, signatureFolder } from '../../signatures/signature-folder.ts';
import type { Signer } from '../../signatures/signer.ts';
import type { JobProgress } from '../progress.ts';
import { addAttachment } from './add-attachment.ts';
import { isMendable } from './push-image.ts';

/** What the signing of a push works with, once the image is there. */
export interface SigningRun {
  client: RegistryClient;
  target: Reference & { tag: string };
  options: SignOptions;
  signer: Signer;
  progress: JobProgress;
  signal: AbortSignal;
}

/** The keys that options name. */
export function keysOf({ gpg = [], sigstore = [] }: SignOptions): SigningKeyName[] {
  return [
    ...gpg.map((name) => ({ kind: 'simple', name }) as const),
    ...sigstore.map((name) => ({ kind: 'sigstore', name }) as const),
  ];
}

interface SignatureRow {
  digest: Digest;
  key: SigningKeyName;
  row: Digest;
}

/**
 * Signs manifests that the registry has, with each key; what an earlier run has stored is not made again.
 * @param digests of the manifests, the root last.
 * @throws PushboatError NOT_SIGNED with its cause; what a person can mend while the job waits, as it is.
 */
export async function signImage(
  run: SigningRun,
  digests: readonly Digest[],
): Promise<{ signatures: NonNullable<TransferResult['signatures']>; notes: JobNote[] }> {
  const { options, progress } = run;
  const signed = options.platforms ? digests : digests.slice(-1);
  const rows = signed.flatMap((digest) => keysOf(options).map((key) => addRow(progress, digest, key)));
  for (const row of rows) await signOnce(run, row);
  return { signatures: rows.map(({ digest, key }) => ({ key: key.name, digest })), notes: await unreadNotes(run) };
}

/** The row's digest only tells it from others: the signature is not known before it is made. */
function addRow(progress: JobProgress, digest: Digest, key: SigningKeyName): SignatureRow {
  const row = digestOf(Buffer.from(`signature ${key.kind} ${key.name} ${digest}`));
  progress.add({ digest: row, kind: 'signature', mediaType: key.kind, size: 0, createdBy: key.name });
  return { digest, key, row };
}

async function signOnce(run: SigningRun, { digest, key, row }: SignatureRow): Promise<void> {
  const { progress, signal } = run;
  if (progress.state(row) === 'pushed') return;
  signal.throwIfAborted();
  progress.toState(row, 'committing');
  try {
    if (key.kind === 'simple') await signSimply(run, digest, key.name);
    else await signWithSigstore(run, digest, key.name);
    progress.toState(row, 'pushed');
  } catch (thrown) {
    signal.throwIfAborted();
    const failure = toPushboatError(thrown);
    if (isMendable(failure)) throw failure;
    progress.toState(row, 'failed', { reason: failure.message });
    throw notSigned(run.target, digest, failure);
  }
}

/** To the registry where it keeps signatures, else to the folder that registries.d names. */
async function signSimply(run: SigningRun, digest: Digest, key: string): Promise<void> {
  const { client, target, signer, signal } = run;
  const inRegistry = await client.supportsSignatures({ signal });
  const base = inRegistry ? undefined : (await signer.lookaside()).folder(target, 'write');
  const signature = await signer.simple(key, { digest, reference: nameOf(run) }, signal);
  if (base === undefined) await client.putSignature(target.repository, digest, signature, { signal });
  else await addSignature(signatureFolder(base, target.repository, digest), signature);
}

async function signWithSigstore(run: SigningRun, digest: Digest, key: string): Promise<void> {
  const { client, target, signer, signal } = run;
  const signature = await signer.sigstore(key, { digest, reference: nameOf(run) });
  await addAttachment({ client, repository: target.repository, signal }, digest, signature);
}

function nameOf({ target, options }: SigningRun): string {
  return options.identity ?? canonicalReference(target);
}

/** Sigstore signatures are there for everybody; containers/image looks for them only where it is told to. */
async function unreadNotes({ options, signer, target }: SigningRun): Promise<JobNote[]> {
  if ((options.sigstore ?? []).length === 0) return [];
  try {
    const isRead = (await signer.lookaside()).usesAttachments(target);
    return isRead ? [] : [{ kind: 'unread', registry: target.registry }];
  } catch {
    // Files that cannot be read concern other tools: the signature is where it belongs.
    return [];
  }
}

function notSigned(target: Reference, digest: Digest, cause: PushboatError): PushboatError {
  const why = cause.message.replace(/\.$/, '');
  return new PushboatError('NOT_SIGNED', `${canonicalReference(target)} was pushed, but not signed: ${why}.`, {
    registry: target.registry,
    repository: target.repository,
    digest,
    detail: why,
    hint: cause.code === 'KEY_LOCKED' ? 'give-passphrase' : 'sign-again',
    cause,
  });
}
