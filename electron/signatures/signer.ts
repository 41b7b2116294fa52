import type { KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import packageInfo from '../../package.json' with { type: 'json' };
import { PushboatError } from '../../shared/errors.ts';
import type { GpgKey, SigningKeyName } from '../../shared/signing.ts';
import type { LocalEnvironment } from '../files/environment.ts';
import { systemReason } from '../files/system-errors.ts';
import { readTextIfThere } from '../files/text-file.ts';
import type { SigstoreSignature } from './attachment.ts';
import { requireGpgKey, signingKeys, signWithGpg } from './gpg.ts';
import { type Claim, payloadOf } from './payload.ts';
import { readLookaside, type SignatureLookaside } from './registries-d.ts';
import { openPrivateKey, signPayload } from './sigstore-key.ts';

/** Makes signatures. Passphrases and opened keys are kept in memory for as long as it lives, and nowhere else. */
export class Signer {
  readonly #environment: LocalEnvironment;
  readonly #passphrases = new Map<string, string>();
  readonly #keys = new Map<string, KeyObject>();
  #forAll: string | undefined;

  constructor(environment: LocalEnvironment) {
    this.#environment = environment;
  }

  /** The passphrase of a key; without a key of every key that has none of its own. */
  givePassphrase(passphrase: string, key?: SigningKeyName): void {
    if (key) this.#passphrases.set(idOf(key), passphrase);
    else this.#forAll = passphrase;
  }

  /** Tries the passphrase of a key, and keeps it when it is the right one. @throws PushboatError KEY_LOCKED, KEY_UNUSABLE */
  async unlock(key: SigningKeyName, passphrase: string): Promise<void> {
    if (key.kind === 'sigstore') {
      const path = resolve(key.name);
      this.#keys.set(path, await openPrivateKey(await readKeyFile(path), passphrase, path));
    } else await signWithGpg(key.name, new Uint8Array(1), { env: this.#environment.env, passphrase });
    this.givePassphrase(passphrase, key);
  }

  /** The keys of the system's gpg that can sign. */
  gpgKeys(): Promise<GpgKey[]> {
    return signingKeys(this.#environment.env);
  }

  /**
   * Finds out before anything is pushed whether the keys can be used: key files are opened; gpg asks for its passphrases when it signs.
   * @throws PushboatError KEY_LOCKED, KEY_UNUSABLE
   */
  async prepare(keys: readonly SigningKeyName[]): Promise<void> {
    for (const key of keys) {
      if (key.kind === 'sigstore') await this.#open(key);
      else await requireGpgKey(key.name, this.#environment.env);
    }
  }

  /** @throws PushboatError KEY_LOCKED, KEY_UNUSABLE, CANCELLED */
  async simple(name: string, claim: Claim, signal: AbortSignal): Promise<Uint8Array> {
    const passphrase = this.#passphraseOf({ kind: 'simple', name });
    const { env } = this.#environment;
    return signWithGpg(name, payloadOf('simple', claim, maker()), { env, passphrase, signal });
  }

  /** @throws PushboatError KEY_LOCKED, KEY_UNUSABLE */
  async sigstore(name: string, claim: Claim): Promise<SigstoreSignature> {
    const key = await this.#open({ kind: 'sigstore', name });
    const payload = payloadOf('sigstore', claim, maker());
    return { payload, signature: signPayload(payload, key) };
  }

  /** Where signatures are kept on this computer, as the files say it now. @throws as `readLookaside` */
  lookaside(): Promise<SignatureLookaside> {
    return readLookaside(this.#environment);
  }

  #passphraseOf(key: SigningKeyName): string | undefined {
    return this.#passphrases.get(idOf(key)) ?? this.#forAll;
  }

  async #open(key: SigningKeyName): Promise<KeyObject> {
    const path = resolve(key.name);
    const open = this.#keys.get(path);
    if (open) return open;
    const pem = await readKeyFile(path);
    const passphrase = this.#passphraseOf(key);
    if (passphrase === undefined) {
      const message = `The signing key ${path} needs its passphrase.`;
      throw new PushboatError('KEY_LOCKED', message, {
        path,
        key: { kind: 'sigstore', name: path },
        hint: 'give-passphrase',
      });
    }
    const opened = await openPrivateKey(pem, passphrase, path);
    this.#keys.set(path, opened);
    return opened;
  }
}

/** What a payload says of who made it and when. */
function maker(): { creator: string; seconds: number } {
  return { creator: `pushboat ${packageInfo.version}`, seconds: Math.floor(Date.now() / 1000) };
}

function idOf({ kind, name }: SigningKeyName): string {
  return `${kind} ${kind === 'sigstore' ? resolve(name) : name}`;
}

async function readKeyFile(path: string): Promise<string> {
  let detail = 'it does not exist';
  try {
    const text = await readTextIfThere(path);
    if (text !== undefined) return text;
  } catch (error) {
    detail = systemReason(error);
  }
  throw new PushboatError('KEY_UNUSABLE', `The key file ${path} cannot be read: ${detail}.`, {
    path,
    detail,
    hint: 'check-key',
  });
}
