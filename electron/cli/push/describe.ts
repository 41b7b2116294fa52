import { type Command, InvalidArgumentError, Option } from 'commander';
import { COMPRESSION_CHOICES } from '../../../shared/choices.ts';
import { receiptFormatOf } from '../../../shared/receipt.ts';
import { longHelp } from '../help.ts';
import {
  addValue,
  bytesOf,
  onlyOnce,
  parseBoolean,
  parseDuration,
  parsePath,
  parseSize,
  parseUploads,
  withJson,
  withRegistryOptions,
} from '../shared-options.ts';
import { addSignOptions } from './sign-options.ts';
import { FORMAT_CHOICES } from './transfer-options.ts';

/** Arguments, options and help of `push`: what goes where first, the registry's options last. */
export function describePush(push: Command, help = longHelp().push): Command {
  push
    .description('Push an image to a registry, or write it to a layout, an archive, a folder or an engine.')
    .usage(
      '[options] IMAGE [DESTINATION]\n       pushboat push [options] IMAGE… --to REGISTRY[/PATH]\n       pushboat push [options] --from FILE',
    )
    .argument('[image]', 'the image: a name, a path, TRANSPORT:…, or - for an archive on standard input; see below')
    .argument('[destination]', 'a reference, or TRANSPORT:…; see below (default: the image’s own reference)')
    .argument('[more...]', 'with --to: more images; patterns such as *.tar are expanded');
  addTargetOptions(push.optionsGroup('What goes where:'));
  addFormatOptions(push.optionsGroup('How it is sent:'));
  addSignOptions(push.optionsGroup('Signatures:'));
  withJson(addOutputOptions(push.optionsGroup('Output:')));
  return withRegistryOptions(push.optionsGroup('The registry:')).optionsGroup('Other:').addHelpText('after', help);
}

function addTargetOptions(push: Command): Command {
  return push
    .option('--target <destination>', 'one more destination (may be repeated)', addValue)
    .option('--to <registry/path>', 'where several images go: each keeps its own name and tag below it', onlyOnce())
    .option('--flatten', 'with --to: keep only the last part of each name')
    .option(
      '--from <file>',
      'a list of images and targets: lines of IMAGE TARGET…, or JSON; - is standard input',
      onlyOnce(parsePath),
    )
    .option('--no-clobber', 'leave a tag that exists as it is')
    .option('--tag <tag>', 'one more tag in the repository of each destination (may be repeated)', addValue)
    .option('--additional-tag <name>', 'the same, or one more whole reference (may be repeated)', addValue)
    .option(
      '-a, --all-tags',
      'push every image of the layout, archive or repository under its own tag; DESTINATION then has no tag and no name',
    )
    .option(
      '--platform <os/arch[/variant]>',
      'push only these platforms of an image (may be repeated; default: all)',
      addValue,
    )
    .option('--images-store-dir <dir>', 'folder of the image store', parsePath);
}

function addFormatOptions(push: Command): Command {
  return push
    .addOption(
      new Option(
        '-f, --format <format>',
        'format of the manifests (default: unchanged, or v2s2 if the registry does not accept OCI)',
      ).choices(FORMAT_CHOICES),
    )
    .option(
      '--referrers',
      'take along the signatures, SBOMs and other artifacts about the image that its layout or archive has',
    )
    .option('--remove-signatures', 'leave out the signatures that the index lists next to its images')
    .addOption(
      new Option(
        '--compression-format <format>',
        'compression of layers that are plain tars (default: gzip if the store keeps all layers plain, else none)',
      ).choices(COMPRESSION_CHOICES),
    )
    .option('--compression-level <number>', 'gzip: 0 to 9 (default 2); zstd: 1 to 22 (default 3)', parseWholeNumber)
    .option('--disable-compression', 'the same as --compression-format none')
    .option('--blob-cache <dir>', 'keep compressed layers in this folder for the next push', parsePath)
    .option('--force', 'send every layer and manifest without asking what the registry has')
    .option('--no-resume', 'start again instead of continuing where an earlier push stopped')
    .option(
      '--parallel <number>',
      'layers that are sent at once (default: 6, or as set for the registry)',
      parseUploads,
    )
    .option('--chunk-size <size>', 'bytes of one request of a large layer, for example 16M', parseSize)
    .option('--push-foreign-layers', 'also send layers that the image fetches from elsewhere, as those of Windows')
    .addOption(new Option('--disable-content-trust [true|false]').argParser(parseBoolean).hideHelp())
    .addOption(new Option('--all').hideHelp())
    .addOption(new Option('--retry <times>').argParser(parseWholeNumber).hideHelp())
    .addOption(new Option('--retry-times <times>').argParser(parseWholeNumber).hideHelp())
    .addOption(new Option('--retry-delay <duration>').argParser(parseDuration).hideHelp())
    .option('--limit-rate <rate>', 'maximum bytes per second, for example 500k, 2.5M or 1G', parseRate)
    .option(
      '--retry-for <duration>',
      'how long to wait for a registry that stops answering, for example 90s, 10m, 2h, or 0 (default: 5m)',
      parseDuration,
    )
    .option('--dry-run', 'show what would be sent, and send nothing');
}

function addOutputOptions(push: Command): Command {
  return push
    .option('-q, --quiet', 'print the digest only')
    .option('--digestfile <file>', 'write the digest to this file', parsePath)
    .option('--receipt <file.json|.csv|.md>', 'write the result of each image to this file', parseReceipt)
    .option('--keep-going', 'when one of several images fails, push the others all the same (default)')
    .option('--fail-fast', 'stop at the first failure');
}

function parseReceipt(path: string): string {
  if (receiptFormatOf(path) !== undefined) return path;
  throw new InvalidArgumentError('expected a file that ends in .json, .csv or .md.');
}

function parseWholeNumber(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number.');
}

function parseRate(text: string): number {
  const rate = bytesOf(text);
  if (rate !== undefined) return rate;
  throw new InvalidArgumentError('expected a rate such as 500k or 2.5M.');
}
