import { Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import type { PushboatError } from '../../shared/errors.ts';
import { addCompletion } from './completion/command.ts';
import { ExitStatus, usageError } from './errors.ts';
import { inOurWords, requireHyphens } from './habits.ts';
import { longHelp } from './help.ts';
import { describeHistory } from './history.ts';
import type { CommandIo } from './io.ts';
import { describeKey } from './key.ts';
import { describeIn } from './language/commands.ts';
import { describePush } from './push/describe.ts';
import { describeRegistry } from './registry/describe.ts';
import { flagsOf, joinBooleans, parsePath, withJson, withRegistryOptions, withTlsOptions } from './shared-options.ts';

/**
 * Parses and runs one command line. What a command does is loaded when it runs: help and completions need its description only.
 * @returns the exit status. @throws PushboatError of the command, USAGE for a wrong command line.
 */
export async function runCommandLine(args: string[], io: CommandIo): Promise<number> {
  let status: number = ExitStatus.done;
  const help = longHelp(io);
  const program = new Command('pushboat')
    .description(
      'Pushes container images from this computer to registries. Needs no Docker, Podman or virtual machine.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.lines(text.replace(/\n$/, '').split('\n')),
      writeErr: () => undefined,
    })
    .addHelpText('after', help.program);
  describePush(program.command('push'), help.push).action(
    async (image: string | undefined, destination: string | undefined, more: string[], options) => {
      const { pushCommand } = await import('./push/command.ts');
      status = await pushCommand(
        [image, destination, ...more].filter((word) => word !== undefined),
        options,
        io,
      );
    },
  );
  addImages(program, io);
  addLogins(program, io);
  describeRegistry(program.command('registry'), io);
  describeHistory(program.command('history'), io);
  describeKey(program.command('key'), io);
  addVerify(program, io);
  withJson(withRegistryOptions(program.command('resolve')))
    .description('Show what references mean (registry, repository, tag, digest) and which login applies.')
    .argument('<reference...>', 'references of images, for example web:1.2 or ghcr.io/acme/web')
    .action(async (references: string[], options) => {
      const { resolveCommand } = await import('./resolve.ts');
      status = await resolveCommand(references, options, io);
    });
  addCompletion(program, io);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
    command.helpOption('-h, --help', 'print this help').addHelpText('after', help.command);
  if (io.language) describeIn(io.language, program);
  requireHyphens(args);
  const flags = flagsOf(program);
  try {
    await program.parseAsync(joinBooleans(args, flags), { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return ExitStatus.done;
    const group = program.commands.find((one) => one.commands.length > 0 && one.name() === args[0]);
    if (thrown.code === 'commander.help') {
      (group ?? program).outputHelp();
      return ExitStatus.usage;
    }
    throw wrongUsage(thrown, flags, group?.name());
  }
  return status;
}

function wrongUsage({ message }: CommanderError, flags: ReadonlySet<string>, group?: string): PushboatError {
  return usageError(inOurWords(message.replace(/^error: /, ''), flags, group));
}

function addVerify(program: Command, io: CommandIo): void {
  withJson(
    withRegistryOptions(
      program
        .command('verify')
        .option('--signature-policy <file>', 'policy that says which signatures the image must have', parsePath),
    ),
  )
    .description(
      'Check that an image in a registry is whole, and that its signatures are those that the policy asks for.',
    )
    .argument('<reference>', 'the image, for example ghcr.io/acme/web:1.2')
    .action(async (reference: string, options) => {
      const { verifyCommand } = await import('./verify.ts');
      await verifyCommand(reference, options, io);
    });
}

function addImages(program: Command, io: CommandIo): void {
  withJson(program.command('images').option('--images-store-dir <dir>', 'folder of the image store', parsePath))
    .description('List the images on this computer.')
    .argument(
      '[path...]',
      'layouts, archives, or folders of layouts (default: the image store, what was added in the window, Docker, Podman and Buildah)',
    )
    .action(async (paths: string[], options) => {
      const { imagesCommand } = await import('./images.ts');
      await imagesCommand(paths, options, io);
    });
}

function addLogins(program: Command, io: CommandIo): void {
  const login = program
    .command('login')
    .description('Check a login with the registry and save it.')
    .argument(
      '[registry]',
      'host name of the registry, with a port if it has one, for example ghcr.io; with a path (ghcr.io/acme) the login is for the repositories there. Without a registry the known ones are listed',
    )
    .option('-u, --username <user>', 'user name (default: Pushboat asks for it)')
    .option('--password-stdin', 'read the password or token from standard input (default: Pushboat asks for it)')
    .option('--authfile <file>', 'save the login in this file', parsePath)
    .addOption(
      new Option(
        '--remember <where>',
        'where to keep the login (default: docker-file, and containers-file for a registry with a path)',
      ).choices(['docker-file', 'containers-file', 'image-store']),
    )
    .option('--helper <name>', 'let docker-credential-NAME keep the logins of this registry');
  withJson(withTlsOptions(login))
    .addHelpText('after', longHelp(io).login)
    .action(async (registry: string | undefined, options) => {
      const { loginCommand } = await import('./login.ts');
      await loginCommand(registry, options, io);
    });
  withJson(program.command('logout').option('--authfile <file>', 'remove the login from this file only', parsePath))
    .description('Remove the login of a registry, wherever it is kept.')
    .argument('<registry>', 'host name of the registry, for example ghcr.io')
    .action(async (registry: string, options) => {
      const { logoutCommand } = await import('./login.ts');
      await logoutCommand(registry, options, io);
    });
}
