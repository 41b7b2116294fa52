import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { PushboatError } from '../../shared/errors.ts';
import { unwritable } from '../destinations/write-errors.ts';
import { exists } from '../files/plain-file.ts';
import { usageError } from './errors.ts';
import { ask, type CommandIo, isInteractive, printJson, printLine } from './io.ts';
import { speechTo } from './language/language.ts';
import { passphraseIn } from './push/sign-options.ts';
import { parsePath, withJson } from './shared-options.ts';

interface GenerateOptions {
  outputPrefix?: string;
  passphraseFile?: string;
  json?: boolean;
}

/** `key`: what has to do with keys that sign. */
export function describeKey(key: Command, io: CommandIo): void {
  key.description('Make keys that sign images.');
  withJson(
    key
      .command('generate')
      .option('--output-prefix <prefix>', 'write PREFIX.private and PREFIX.pub (default: pushboat)', parsePath)
      .option(
        '--passphrase-file <file>',
        'file whose first line is the passphrase (default: Pushboat asks for it)',
        parsePath,
      ),
  )
    .description('Make a key pair that cosign, skopeo and podman can read.')
    .action((options: GenerateOptions) => generateCommand(options, io));
}

/** `key generate`. Neither file is ever replaced. @throws PushboatError DESTINATION_EXISTS, DESTINATION_UNWRITABLE, USAGE */
async function generateCommand(options: GenerateOptions, io: CommandIo): Promise<void> {
  const { outputPrefix: prefix = 'pushboat' } = options;
  const [privatePath, publicPath] = [`${prefix}.private`, `${prefix}.pub`];
  for (const path of [privatePath, publicPath]) await requireFree(path);
  const passphrase = await newPassphrase(options, io);
  const { generateKeyFiles } = await import('../signatures/sigstore-key.ts');
  const { privatePem, publicPem } = await generateKeyFiles(passphrase);
  await writeNew(privatePath, privatePem, 0o600);
  await writeNew(publicPath, publicPem, 0o644);
  if (options.json) return printJson(io, { type: 'key', private: privatePath, public: publicPath });
  const { say } = speechTo(io);
  printLine(io, say`Wrote ${privatePath}, which signs: keep it to yourself.`);
  printLine(io, say`Wrote ${publicPath}, which verifies: give it to others.`);
}

async function newPassphrase({ passphraseFile }: GenerateOptions, io: CommandIo): Promise<string> {
  if (passphraseFile !== undefined) return passphraseIn(passphraseFile);
  if (!isInteractive(io)) throw usageError('Nobody can be asked here: give --passphrase-file.');
  const { say } = speechTo(io);
  const first = await ask(io, say`Passphrase of the new key: `, { secret: true });
  if (first === (await ask(io, say`The same again: `, { secret: true }))) return first;
  throw usageError('The two passphrases differ. Nothing was written.');
}

async function requireFree(path: string): Promise<void> {
  if (!(await exists(path))) return;
  throw new PushboatError('DESTINATION_EXISTS', `${path} exists already. A key is never replaced.`, {
    path,
    hint: 'choose-destination',
  });
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await using file = await open(path, 'wx', mode);
    // Whatever the umask is.
    await file.chmod(mode);
    await file.writeFile(text);
  } catch (error) {
    throw unwritable(path, error);
  }
}
