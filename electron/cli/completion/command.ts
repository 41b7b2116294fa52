import { Argument, type Command } from 'commander';
import type { ListedSummary } from '../../sources/types.ts';
import { longHelp } from '../help.ts';
import { type CommandIo, printLines } from '../io.ts';
import { type Completion, complete, type KnownNames } from './complete.ts';
import { manPage } from './man-page.ts';
import { BETWEEN, COMPLETION_SCRIPTS, SHELLS, type Shell } from './shells.ts';

/** How long a person who pressed Tab waits for names of images, in milliseconds: stores may be slow, and what was found serves. */
const PATIENCE = 1_500;

/** `completion SHELL`, and the two commands that only scripts use: `complete` for the shells, `man-page` for packages. */
export function addCompletion(program: Command, io: CommandIo): void {
  program
    .command('completion')
    .description('Print the script that lets a shell complete commands, images and registries.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', longHelp(io).completion)
    .action((shell: Shell) => io.stdout.lines(COMPLETION_SCRIPTS[shell].trimEnd().split('\n')));
  program
    .command('complete', { hidden: true })
    .description('Print what can stand at the end of a command line.')
    .argument('[word...]', 'the words of the command line')
    .action(async (words: string[]) => {
      const completion = await complete(program, words.length > 0 ? words : [''], knownHere(io));
      printLines(io, completionLines(completion, io.language?.help));
    });
  program
    .command('man-page', { hidden: true })
    .description('Print the manual page.')
    .action(() => printLines(io, manPage(program, longHelp(io).command, dayOfMaking(io)).split('\n')));
}

/** Today, or what a build that can be repeated takes for it: https://reproducible-builds.org/specs/source-date-epoch/ */
function dayOfMaking({ environment }: CommandIo): string {
  const seconds = Number(environment.env.SOURCE_DATE_EPOCH) || Date.now() / 1000;
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/**
 * One line a candidate, then the line with the rest; the form is described next to the scripts.
 * @param inWords descriptions in the language of the person, by the English ones; those of commands and options are in it already
 */
export function completionLines(
  { candidates, paths }: Completion,
  inWords: Readonly<Record<string, string>> = {},
): string[] {
  const isOpen = candidates.length > 0 && candidates.every((candidate) => candidate.isOpen);
  return [
    ...candidates.map(({ value, description }) =>
      description ? `${value}${BETWEEN}${inWords[description] ?? description}` : value,
    ),
    `:${isOpen ? 'nospace' : ''}${paths ?? ''}`,
  ];
}

function knownHere(io: CommandIo): KnownNames {
  return {
    images: async () => {
      const { imagesStoreDir, openSession } = await import('../session.ts');
      const { listAutomatic } = await import('../../sources/catalog/automatic-sources.ts');
      const { listImages } = await import('../../sources/find/find-image.ts');
      await using services = await openSession({}, io);
      const where = {
        imagesStoreDir: imagesStoreDir(undefined, services),
        cwd: process.cwd(),
        environment: io.environment,
        archives: services.archives,
      };
      const names = new Set<string>();
      const collect = async (images: AsyncIterable<ListedSummary>): Promise<void> => {
        for await (const { name, references } of images)
          for (const one of [name, ...references]) if (one) names.add(one);
      };
      // A store that is slow or broken keeps nobody from the names of the others.
      const all = Promise.allSettled([collect(listImages([], where)), collect(listAutomatic(io.environment))]);
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
      return [...names].toSorted();
    },
    registries: async () => {
      const { openSession } = await import('../session.ts');
      await using services = await openSession({}, io);
      const logins = await services.credentials.list();
      return [
        ...new Set([...logins.map(({ registry }) => registry), ...Object.keys(services.settings.get().registries)]),
      ];
    },
  };
}
