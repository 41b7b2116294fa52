import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { abortError, PushboatError } from '../../shared/errors.ts';
import type { GpgKey } from '../../shared/signing.ts';
import { systemCode } from '../files/system-errors.ts';

/** Far more than a signature or a list of keys has; keeps a broken program from filling the memory. Bytes. */
const MOST_OUTPUT = 4 * 1024 * 1024;
/** Milliseconds: the agent may ask a person for the passphrase. */
const LIMIT = 120_000;

interface GpgResult {
  status: number | null;
  stdout: Buffer;
  stderr: string;
  /** Lines of `--status-fd` without their prefix (GnuPG's doc/DETAILS). */
  lines: string[];
}

interface GpgInput {
  env: NodeJS.ProcessEnv;
  input?: Uint8Array;
  passphrase?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Signs bytes with a key of the system's gpg, as an OpenPGP message that holds them. The key stays in gpg's agent, which asks for the
 * passphrase where none is given.
 * @throws PushboatError KEY_LOCKED, KEY_UNUSABLE
 */
export async function signWithGpg(key: string, payload: Uint8Array, options: GpgInput): Promise<Uint8Array> {
  requireKeyName(key);
  const { status, stdout, stderr, lines } = await runGpg(['--local-user', key, '--sign'], {
    ...options,
    input: payload,
  });
  if (status === 0 && lines.some((line) => line.startsWith('SIG_CREATED'))) return stdout;
  const detail = wordsOf(stderr) || `gpg ended with status ${status}`;
  const isLocked = /passphrase|pinentry|ioctl|cancel|timeout/i.test(detail);
  if (!isLocked) throw unusable(key, detail);
  throw new PushboatError('KEY_LOCKED', `The gpg key ${key} cannot be opened: ${detail}.`, {
    detail,
    key: { kind: 'simple', name: key },
    hint: 'give-passphrase',
  });
}

/** @throws PushboatError KEY_UNUSABLE when gpg has no such secret key. */
export async function requireGpgKey(key: string, env: NodeJS.ProcessEnv): Promise<void> {
  requireKeyName(key);
  const { status, stderr } = await runGpg(['--list-secret-keys', key], { env });
  if (status !== 0) throw unusable(key, wordsOf(stderr) || 'gpg has no such secret key');
}

/** The secret keys that can sign; none where gpg is not installed. */
export async function signingKeys(env: NodeJS.ProcessEnv): Promise<GpgKey[]> {
  try {
    const { stdout } = await runGpg(['--with-colons', '--list-secret-keys'], { env });
    return readKeys(stdout.toString('utf8'));
  } catch {
    // A choice of no keys: whoever names one is told what is wrong.
    return [];
  }
}

/** GnuPG's doc/DETAILS, "Format of the colon listings": field 2 is the validity, 10 the name or fingerprint, 12 what the whole key can do. */
function readKeys(listing: string): GpgKey[] {
  const keys: GpgKey[] = [];
  let key: GpgKey | undefined;
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    const [record, validity = '', text = ''] = [fields[0], fields[1], fields[9]];
    if (record === 'sec') {
      key = { fingerprint: '', name: '' };
      if ((fields[11] ?? '').includes('S') && !/^[reidn]/.test(validity)) keys.push(key);
    } else if (record === 'fpr' && key?.fingerprint === '') key.fingerprint = text;
    else if (record === 'uid' && key?.name === '') key.name = text.replaceAll('\\x3a', ':');
  }
  return keys.filter(({ fingerprint }) => fingerprint !== '');
}

export interface VerifyOptions {
  env: NodeJS.ProcessEnv;
  /** Folder for temporary files. */
  temporaryDir: string;
  signal?: AbortSignal | undefined;
}

/** What a message says, and who signed it: the fingerprints of the key and of its primary key. */
export interface Verified {
  content: Uint8Array;
  fingerprints: string[];
}

/**
 * Verifies an OpenPGP message with these keys and no others. Throws an Error that says why it does not hold.
 * @param keyrings contents of files of public keys, binary or with armor.
 */
export async function verifyWithKeys(
  message: Uint8Array,
  keyrings: readonly Uint8Array[],
  { env, signal, temporaryDir }: VerifyOptions,
): Promise<Verified> {
  const home = await mkdtemp(join(temporaryDir, 'pushboat-gpg-'));
  try {
    const own = { env: { ...env, GNUPGHOME: home }, signal };
    const alone = ['--no-options', '--no-autostart', '--trust-model', 'always', '--no-auto-key-retrieve'];
    for (const [index, ring] of keyrings.entries()) {
      const path = join(home, `keys-${index}`);
      await writeFile(path, ring, { mode: 0o600 });
      await runGpg([...alone, '--import', path], own);
    }
    return verdict(await runGpg([...alone, '--decrypt'], { ...own, input: message }));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function verdict({ stdout, stderr, lines }: GpgResult): Verified {
  const valid = lines.filter((line) => line.startsWith('VALIDSIG '));
  const all = lines.filter((line) => line.startsWith('NEWSIG'));
  const wrong = lines.find((line) => /^(?:BADSIG|ERRSIG|EXPSIG|EXPKEYSIG|REVKEYSIG) /.test(line));
  const [, by = ''] = wrong?.split(' ') ?? [];
  if (wrong?.startsWith('ERRSIG'))
    throw new Error(`it was made with the key ${by}, which is not among the trusted ones`);
  if (wrong !== undefined) throw new Error(`the signature with the key ${by} is not valid (${wrong.split(' ', 1)[0]})`);
  if (valid.length !== 1 || all.length !== 1) throw new Error(wordsOf(stderr) || 'it is not a signed OpenPGP message');
  const fields = valid[0]?.split(' ') ?? [];
  const fingerprints = [fields[1], fields.at(-1)].filter((text) => text !== undefined);
  return { content: stdout, fingerprints: [...new Set(fingerprints)] };
}

/** Nothing that gpg could take for an option. */
function requireKeyName(key: string): void {
  if (!/^(?:0x)?[0-9A-Fa-f]{8,64}$|^[^-].*@/.test(key))
    throw unusable(key, 'it is neither a fingerprint nor an address');
}

/** Runs gpg; the passphrase goes through a pipe of its own, never through arguments. @throws PushboatError KEY_UNUSABLE, CANCELLED */
function runGpg(args: readonly string[], { env, input, passphrase, signal }: GpgInput): Promise<GpgResult> {
  const secret = passphrase === undefined ? [] : ['--pinentry-mode', 'loopback', '--passphrase-fd', '4'];
  const all = ['--batch', '--yes', '--quiet', '--status-fd', '3', ...secret, ...args];
  return new Promise((resolve, reject) => {
    // Loaded only here: most commands start no program, and each waits for what it loads.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn('gpg', all, {
      env: { ...env, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', passphrase === undefined ? 'ignore' : 'pipe'],
      windowsHide: true,
      timeout: LIMIT,
      signal,
    });
    const texts = child.stdio.slice(1, 4).map((stream) => collected(stream as Readable));
    child.once('error', (error) => {
      const detail = systemCode(error) === 'ENOENT' ? 'the program is not installed' : error.message;
      reject(signal?.aborted ? abortError(signal.reason) : unusable(undefined, detail));
    });
    child.once('close', (status) => {
      const [stdout, stderr, state] = texts.map((chunks) => Buffer.concat(chunks));
      const lines = (state?.toString('utf8') ?? '').split('\n').map((line) => line.replace(/^\[GNUPG:\] /, ''));
      resolve({ status, stdout: stdout ?? Buffer.alloc(0), stderr: stderr?.toString('utf8') ?? '', lines });
    });
    // A program that ends without reading closes the pipes: its status says why.
    for (const [pipe, bytes] of [
      [child.stdin, input ?? ''],
      [child.stdio[4], `${passphrase ?? ''}\n`],
    ] as const) {
      const writable = pipe as Writable | null;
      writable?.on('error', () => undefined);
      writable?.end(bytes);
    }
  });
}

function collected(stream: Readable): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size <= MOST_OUTPUT) chunks.push(chunk);
  });
  return chunks;
}

/** The last thing that gpg said, without its name in front. */
function wordsOf(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return last
    .replace(/^gpg: /, '')
    .replace(/\.$/, '')
    .slice(0, 300);
}

function unusable(key: string | undefined, detail: string): PushboatError {
  const what = key === undefined ? 'gpg' : `The gpg key ${key.slice(0, 100)}`;
  return new PushboatError('KEY_UNUSABLE', `${what} cannot be used: ${detail}.`, { detail, hint: 'check-key' });
}
