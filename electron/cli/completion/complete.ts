import type { Argument, Command, Option } from 'commander';
import {
  type DestinationTransport,
  type OwnTransport,
  PATH_TRANSPORTS,
  type PathTransport,
} from '../../../shared/images.ts';

/** What may stand at the cursor. */
export interface Completion {
  candidates: Candidate[];
  /** Names of files, or of folders only, may stand there as well. */
  paths?: 'files' | 'folders';
}

export interface Candidate {
  value: string;
  description?: string | undefined;
  /** More follows in the same word, so that no space is put after it. */
  isOpen?: boolean | undefined;
}

/** What only this computer knows. */
export interface KnownNames {
  /** Names that `push` takes. */
  images(): Promise<string[]>;
  /** Hosts of registries that a login or a setting is kept for. */
  registries(): Promise<string[]>;
}

/** Before a name of an image; shown with the colon. */
const SOURCES: Record<PathTransport | OwnTransport, string> = {
  oci: 'an image of an OCI layout',
  'oci-archive': 'an image of an OCI layout in one tar',
  'docker-archive': 'an image of a file written by docker save',
  dir: 'manifest and blobs as plain files',
  'image-store': 'an image of the image store',
  'docker-daemon': 'an image of Docker',
  podman: 'an image of Podman',
  'containers-storage': 'an image of Podman or Buildah',
};

const DESTINATIONS: Record<DestinationTransport, string> = {
  oci: 'an OCI layout',
  'oci-archive': 'an OCI layout as one tar',
  'docker-archive': 'a file for docker load',
  dir: 'manifest and blobs as plain files',
  'docker-daemon': 'Docker’s own images',
  'containers-storage': 'Podman’s images',
};

const REGISTRY: Candidate = { value: 'docker://', description: 'a registry', isOpen: true };

/** What follows these is a path. */
const PATH_TRANSPORT = new RegExp(`^(${PATH_TRANSPORTS.join('|')}):`);

/**
 * What can stand at the cursor of a command line, from the definitions of the commands.
 * @param words those after the program's name up to the cursor; the last is the one that is being typed, and may be empty
 */
export async function complete(program: Command, words: readonly string[], known: KnownNames): Promise<Completion> {
  const { command, rest } = commandOf(program, words.slice(0, -1));
  const current = words.at(-1) ?? '';
  const inline = /^(--[^=]+)=(.*)$/s.exec(current);
  if (inline) return inlineValue(findOption(command, inline[1] ?? ''), inline[2] ?? '', inline[1] ?? '', known);
  const { awaiting, positional, isEnded } = readWords(command, rest);
  if (awaiting) return matching(await valueOf(awaiting, known), current);
  if (current.startsWith('-') && !isEnded) return matching({ candidates: optionsOf(command) }, current);
  if (isGroup(command)) return matching({ candidates: commandsOf(command) }, current);
  const argument = argumentAt(command, positional);
  return argument ? matching(await argumentValue(program, argument, current, known), current) : { candidates: [] };
}

/** The innermost command that the words name, and the words after its name. */
function commandOf(program: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command = program;
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (next) command = next;
    else if (!word.startsWith('-') || !isGroup(command)) break;
  }
  return { command, rest: words.slice(at) };
}

const isGroup = (command: Command): boolean => command.commands.length > 0;

/** How many arguments stand before the cursor, and the option that waits for its value. */
function readWords(
  command: Command,
  words: readonly string[],
): { awaiting?: Option; positional: number; isEnded: boolean } {
  let positional = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return { positional: positional + words.length - at - 1, isEnded: true };
    if (!word.startsWith('-') || word === '-') {
      positional++;
      continue;
    }
    const option = word.includes('=') ? undefined : findOption(command, word);
    if (!option?.required) continue;
    if (at === words.length - 1) return { awaiting: option, positional, isEnded: false };
    at++;
  }
  return { positional, isEnded: false };
}

function findOption(command: Command, flag: string): Option | undefined {
  return command.options.find(({ short, long }) => flag === short || flag === long);
}

function argumentAt(command: Command, index: number): Argument | undefined {
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  return registeredArguments[index] ?? (last?.variadic ? last : undefined);
}

function optionsOf(command: Command): Candidate[] {
  const own = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', description }));
  return [...own, { value: '--help', description: 'print this help' }];
}

function commandsOf(group: Command): Candidate[] {
  const { commands } = group;
  return group
    .createHelp()
    .visibleCommands(group)
    .filter((command) => command.name() === 'help' || commands.includes(command))
    .map((command) => ({ value: command.name(), description: command.description() }));
}

async function inlineValue(
  option: Option | undefined,
  typed: string,
  flag: string,
  known: KnownNames,
): Promise<Completion> {
  if (!option) return { candidates: [] };
  const { candidates } = matching(await valueOf(option, known), typed);
  return { candidates: candidates.map((candidate) => ({ ...candidate, value: `${flag}=${candidate.value}` })) };
}

/** What an option takes, by its choices and by what its value is called. */
async function valueOf(option: Option, known: KnownNames): Promise<Completion> {
  if (option.argChoices) return { candidates: option.argChoices.map((value) => ({ value })) };
  const name = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? '';
  if (name === 'destination' || name === 'registry/path') return destinations(known);
  if (/dir|folder/.test(name)) return { candidates: [], paths: 'folders' };
  if (/file|path/.test(name)) return { candidates: [], paths: 'files' };
  if (name === 'true|false') return { candidates: [{ value: 'true' }, { value: 'false' }] };
  return { candidates: [] };
}

async function argumentValue(
  program: Command,
  argument: Argument,
  current: string,
  known: KnownNames,
): Promise<Completion> {
  if (argument.argChoices) return { candidates: argument.argChoices.map((value) => ({ value })) };
  switch (argument.name()) {
    case 'image':
      return images(current, known);
    case 'destination':
      return PATH_TRANSPORT.test(current) ? { candidates: [], paths: 'files' } : destinations(known);
    case 'reference':
      return destinations(known, []);
    case 'registry':
    case 'host':
      return { candidates: (await known.registries()).map((value) => ({ value })) };
    case 'command':
      return { candidates: commandsOf(program) };
    case 'path':
    case 'file':
      return { candidates: [], paths: 'files' };
    default:
      return { candidates: [] };
  }
}

async function images(current: string, known: KnownNames): Promise<Completion> {
  if (PATH_TRANSPORT.test(current)) return { candidates: [], paths: 'files' };
  const names = (await known.images()).map((value) => ({ value }));
  return { candidates: [...names, ...transports(SOURCES)], paths: 'files' };
}

async function destinations(known: KnownNames, others = [REGISTRY, ...transports(DESTINATIONS)]): Promise<Completion> {
  const hosts = (await known.registries()).map((host) => ({ value: `${host}/`, isOpen: true }));
  return { candidates: [...hosts, ...others] };
}

function transports(described: Readonly<Record<string, string>>): Candidate[] {
  return Object.entries(described).map(([name, description]) => ({ value: `${name}:`, description, isOpen: true }));
}

function matching(completion: Completion, typed: string): Completion {
  return { ...completion, candidates: completion.candidates.filter(({ value }) => value.startsWith(typed)) };
}
