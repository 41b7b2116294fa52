import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { canonicalReference, parseReference } from '../../../shared/reference.ts';
import type { SignOptions } from '../../../shared/signing.ts';
import type { TransferOptions } from '../../../shared/transfer-options.ts';
import { systemReason } from '../../files/system-errors.ts';
import { decodeText, readTextIfThere } from '../../files/text-file.ts';
import type { Services } from '../../services.ts';
import { usageError } from '../errors.ts';
import { ask, type CommandIo, isInteractive } from '../io.ts';
import { speechTo } from '../language/language.ts';
import { addValue, parsePath } from '../shared-options.ts';

export interface SignCommandOptions {
  signBy?: string[];
  signBySigstorePrivateKey?: string[];
  signPassphraseFile?: string;
  signIdentity?: string;
  signPlatforms?: boolean;
}

/** Describes the options of `push` that sign. */
export function addSignOptions(push: Command): Command {
  return push
    .option('--sign-by <fingerprint>', 'sign with this key of gpg (may be repeated)', collectKeys)
    .option(
      '--sign-by-sigstore-private-key <file>',
      'sign with this key file of cosign, skopeo or “pushboat key generate” (may be repeated)',
      collectPaths,
    )
    .option('--sign-passphrase-file <file>', 'file whose first line is the passphrase of the keys', parsePath)
    .option('--sign-identity <reference>', 'sign the image as this reference (default: the destination’s own)')
    .option(
      '--signature-policy <file>',
      'policy that says which signatures the image must have (default: ~/.config/containers/policy.json, else /etc/containers/policy.json)',
      parsePath,
    )
    .option('--sign-platforms', 'sign the images of an index, too, and not the index alone');
}

/** @throws PushboatError USAGE for options that need another one, REF_INVALID */
export function signOptions(options: SignCommandOptions): Pick<TransferOptions, 'sign'> {
  const { signBy, signBySigstorePrivateKey, signIdentity, signPlatforms, signPassphraseFile } = options;
  if (!signBy && !signBySigstorePrivateKey) {
    const lonely =
      (signIdentity !== undefined && '--sign-identity') ||
      (signPlatforms && '--sign-platforms') ||
      (signPassphraseFile !== undefined && '--sign-passphrase-file');
    if (lonely) throw usageError(`${lonely} needs --sign-by or --sign-by-sigstore-private-key.`);
    return {};
  }
  const sign: SignOptions = {
    gpg: signBy,
    sigstore: signBySigstorePrivateKey,
    identity: signIdentity === undefined ? undefined : identityOf(signIdentity),
    platforms: signPlatforms || undefined,
  };
  return { sign };
}

function identityOf(text: string): string {
  const reference = parseReference(text);
  if (reference.tag !== undefined || reference.digest !== undefined) return canonicalReference(reference);
  throw usageError(`--sign-identity needs a tag or a digest: ${text}.`);
}

/** Passes on the passphrase of the file; without one a person is asked for those of key files. @throws PushboatError USAGE */
export async function givePassphrases(
  { signer }: Services,
  { signPassphraseFile: file, signBySigstorePrivateKey: keys = [] }: SignCommandOptions,
  io: CommandIo,
): Promise<void> {
  if (file !== undefined) return signer.givePassphrase(await passphraseIn(file));
  if (!isInteractive(io)) return;
  for (const name of keys) {
    const passphrase = await ask(io, speechTo(io).say`Passphrase of ${basename(name)}: `, { secret: true });
    signer.givePassphrase(passphrase, { kind: 'sigstore', name });
  }
}

/** @throws PushboatError USAGE when it cannot be read. */
export async function passphraseIn(path: string): Promise<string> {
  try {
    // A person gives a pipe or standard input where nothing shall be on a disk.
    const text = path === '-' || path.startsWith('/dev/') ? await readOther(path) : await readTextIfThere(path);
    if (text === undefined) throw new Error('it does not exist');
    return text.split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw usageError(`The passphrase cannot be read from ${path}: ${systemReason(error)}.`);
  }
}

async function readOther(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return decodeText(await readFile(path === '-' ? '/dev/stdin' : path));
}

function collectPaths(value: string, previous: string[] = []): string[] {
  return [...previous, parsePath(value)];
}

function collectKeys(value: string, previous?: string[]): string[] {
  if (value !== '') return addValue(value, previous);
  throw new InvalidArgumentError('expected a fingerprint or an address.');
}
