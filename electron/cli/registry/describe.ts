import type { Command } from 'commander';
import type { CommandIo } from '../io.ts';
import {
  orDefault,
  parseBoolean,
  parseDuration,
  parsePath,
  parseRequests,
  parseSize,
  parseUploads,
  withJson,
} from '../shared-options.ts';

const HOST = 'host name of the registry, with a port if it has one, for example registry.example:5000';

/** Loaded when one of them runs. */
const load = () => import('./command.ts');

/** `registry` and its subcommands: what is known of registries, and how they are talked to. */
export function describeRegistry(registry: Command, io: CommandIo): Command {
  registry.description('Show and change how Pushboat connects to registries: certificates, plain HTTP, sizes.');
  withJson(registry.command('list').description('List the known registries, with connection and login.')).action(
    async (options) => (await load()).registryListCommand(options, io),
  );
  withJson(registry.command('show').description('Show what applies to a registry.').argument('<host>', HOST)).action(
    async (host: string, options) => (await load()).registryShowCommand(host, options, io),
  );
  withJson(withSettings(registry.command('set').description('Change what is set for a registry.'))).action(
    async (host: string, options) => (await import('./set.ts')).registrySetCommand(host, options, io),
  );
  withJson(
    registry
      .command('trust')
      .description('Trust exactly one certificate of a registry: the one that it shows, or the one that is named.')
      .argument('<host>', HOST)
      .option('--fingerprint <sha256>', 'SHA-256 fingerprint of the certificate; nothing is asked then'),
  ).action(async (host: string, options) => (await load()).registryTrustCommand(host, options, io));
  withJson(
    registry
      .command('remove')
      .description('Forget what is set for a registry. Its logins stay.')
      .argument('<host>', HOST),
  ).action(async (host: string, options) => (await load()).registryRemoveCommand(host, options, io));
  return registry;
}

function withSettings(set: Command): Command {
  return set
    .argument('<host>', HOST)
    .option('--ca-file <file>', 'certificates (PEM) that may sign the registry’s, next to the system’s', parsePath)
    .option('--no-ca-file', 'no such file')
    .option('--client-cert <file>', 'certificate (PEM) that is shown to the registry, with --client-key', parsePath)
    .option('--no-client-cert', 'no such certificate')
    .option('--client-key <file>', 'its private key (PEM)', parsePath)
    .option(
      '--proxy <url>',
      'proxy for this registry, [http|https|socks5://][USER@]HOST[:PORT]; direct: none; default: as the environment says',
    )
    .option(
      '--proxy-password-stdin',
      'read the password of USER at the proxy from standard input, and keep it as a login',
    )
    .option('--plain-http [true|false]', 'true: always HTTP, without encryption', parseBoolean)
    .option('--tls-verify [true|false]', 'false: do not check its certificate', parseBoolean)
    .option(
      '--chunk-size <size>',
      'bytes of one request of a large layer, for example 16M; or default',
      orDefault(parseSize),
    )
    .option('--parallel <number>', 'layers that are sent at once; or default', orDefault(parseUploads))
    .option('--requests <number>', 'small requests at once; or default', orDefault(parseRequests))
    .option(
      '--retry-for <duration>',
      'how long to wait for it when it stops answering, for example 90s, 10m or 0; or default',
      orDefault(parseDuration),
    );
}
