import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../../package.json';
import { COMPRESSION_CHOICES } from '../../shared/ipc.ts';
import { usageError } from './errors.ts';
import { ExitStatus } from './exit-status.ts';
import { FORMAT_CHOICES } from './formats.ts';
import { imagesCommand } from './images.ts';
import type { CommandIo } from './io.ts';
import { loginCommand, logoutCommand } from './login.ts';
import { pushCommand } from './push.ts';
import { resolveCommand } from './resolve.ts';

/**
 * Parses and runs one command line.
 * @returns the exit status. @throws PushboatError of the command, USAGE for a wrong command line.
 */
export async function runCommandLine(args: string[], io: CommandIo): Promise<number> {
  let status: number = ExitStatus.done;
  const program = new Command('pushboat')
    .description('Pushes local container images to registries: no Docker, Podman or VM needed.')
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.lines(text.replace(/\n$/, '').split('\n')),
      writeErr: () => undefined,
    })
    .addHelpText('after', EXIT_STATUS_HELP);
  addPush(program, io);
  addImages(program, io);
  addLogins(program, io);
  withJson(withRegistryOptions(program.command('resolve')))
    .description('say what references mean: registry, repository, tag, digest, and which login applies')
    .argument('<reference...>')
    .action(async (references: string[], options) => {
      if (!(await resolveCommand(references, options, io))) status = ExitStatus.failed;
    });
  try {
    await program.parseAsync(normalizeFlags(args), { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return ExitStatus.done;
    if (thrown.code === 'commander.help') {
      program.outputHelp();
      return ExitStatus.usage;
    }
    throw usageError(thrown.message.replace(/^error: /, ''));
  }
  return status;
}

const EXIT_STATUS_HELP = `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 a login is needed or was refused, 130 interrupted.`;

function addPush(program: Command, io: CommandIo): void {
  withJson(withRegistryOptions(program.command('push')))
    .description('push an image to a registry, or write it to a layout, an archive, a folder or an engine')
    .argument('<image>', 'path of an OCI layout or archive, or TRANSPORT:…, or a name or reference in the image store')
    .argument(
      '[destination]',
      'a reference with or without docker://, or TRANSPORT:… (default: the image’s own reference)',
    )
    .option('--target <destination>', 'one more destination (repeatable)', collect)
    .option('--tag <tag>', 'one more tag in each destination’s repository (repeatable)', collect)
    .option(
      '-a, --all-tags',
      'push every image of the layout under its own tag; DESTINATION is a repository, or names no image',
    )
    .option('--additional-tag <name>', 'one more tag, or one more whole reference (repeatable)', collect)
    .addOption(
      new Option(
        '-f, --format <format>',
        'of the manifests (default: as they are; v2s2 where the registry does not take OCI)',
      ).choices(FORMAT_CHOICES),
    )
    .option('--platform <os/arch[/variant]>', 'of an index push these images only (repeatable; default: all)', collect)
    .option('--remove-signatures', 'leave out signatures that an index lists beside its images')
    .option('--images-store-dir <dir>', 'folder of the image store')
    .option('-q, --quiet', 'print the digest only')
    .option('--dry-run', 'say what would be sent, and send nothing')
    .option('--digestfile <file>', 'write the digest to this file')
    .option('--disable-compression', 'push layers that are plain tars as they are')
    .addOption(
      new Option(
        '--compression-format <format>',
        'of layers that are plain tars (default: gzip, where the store keeps layers so)',
      ).choices(COMPRESSION_CHOICES),
    )
    .option('--compression-level <number>', 'gzip: 0 to 9 (default 2); zstd: 1 to 22 (default 3)', parseLevel)
    .option('--blob-cache <dir>', 'keep compressed layers in this folder')
    .option('--force', 'send every layer and manifest without asking what the registry has')
    .option('--no-resume', 'start afresh instead of going on where an earlier push was cut off')
    .option('--limit-rate <rate>', 'bytes per second, with k, M or G for thousands, millions, milliards', parseRate)
    .addHelpText('after', PUSH_EXAMPLES)
    .action((image: string, destination: string | undefined, options) => pushCommand(image, destination, options, io));
}

const PUSH_EXAMPLES = `
Destinations:
  [docker://]REGISTRY/REPOSITORY[:TAG]   a registry
  oci:FOLDER[:NAME]                      an OCI layout, made or added to
  oci-archive:FILE[:NAME]                the same as one tar
  docker-archive:FILE[:REFERENCE]        for docker load
  dir:FOLDER                             manifest and blobs as plain files
  docker-daemon:REFERENCE                Docker’s own images
  containers-storage:REFERENCE           Podman’s, through its service

Examples:
  pushboat push ./my-layout ghcr.io/acme/web:1.2
  pushboat push web:1.2 oci-archive:web.tar:1.2
  pushboat push containers-storage:web:1.2 docker-archive:web.tar:acme/web:1.2
  pushboat push web:1.2 ghcr.io/acme/web:1.2 --target oci:/srv/mirror:web-1.2
  pushboat push --all-tags ./my-layout docker-archive:all.tar`;

function addImages(program: Command, io: CommandIo): void {
  withJson(program.command('images'))
    .description('list local images')
    .argument(
      '[path...]',
      'layouts, archives or folders of layouts (default: all that is found on this computer and was added in the window)',
    )
    .option('--images-store-dir <dir>', 'folder of the image store')
    .action((paths: string[], options) => imagesCommand(paths, options, io));
}

function addLogins(program: Command, io: CommandIo): void {
  withJson(withTlsOptions(program.command('login')))
    .description('check a login with the registry and keep it')
    .argument('<registry>')
    .option('-u, --username <user>')
    .option('--password-stdin', 'read the password or token from standard input')
    .option('--authfile <file>', 'keep it in this file')
    .addOption(new Option('--remember <where>', 'where to keep it').choices(['docker-file', 'containers-file']))
    .action((registry: string, options) => loginCommand(registry, options, io));
  withJson(program.command('logout'))
    .description('remove the login of a registry')
    .argument('<registry>')
    .option('--authfile <file>', 'remove it from this file')
    .action((registry: string, options) => logoutCommand(registry, options, io));
}

function withRegistryOptions(command: Command): Command {
  return withTlsOptions(command)
    .option('--creds <user:password>', 'login to use; without the password it is asked for')
    .option('--authfile <file>', 'file with logins to use instead of the usual ones');
}

function withTlsOptions(command: Command): Command {
  return command.option(
    '--tls-verify <true|false>',
    'false: do not verify certificates, and use HTTP when HTTPS does not answer',
    parseBoolean,
  );
}

function withJson(command: Command): Command {
  return command.option('--json', 'print one JSON object a line');
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

function parseLevel(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number.');
}

const RATE_UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

function parseRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text);
  const rate = match ? Number(match[1]) * (RATE_UNITS[(match[2] ?? '').toLowerCase()] ?? 1) : 0;
  if (rate >= 1) return Math.round(rate);
  throw new InvalidArgumentError('expected a rate such as 500k or 2.5M.');
}

function parseBoolean(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('expected true or false.');
}

/** `--tls-verify` alone means true, as in buildah; commander would take the next word as its value. */
function normalizeFlags(args: string[]): string[] {
  return args.map((arg) => (arg === '--tls-verify' ? '--tls-verify=true' : arg));
}
