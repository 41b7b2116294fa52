import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { complete, type KnownNames } from '../../../../../electron/cli/completion/complete.ts';

const known: KnownNames = {
  images: () => Promise.resolve(['web:1', 'worker:2']),
  registries: () => Promise.resolve(['ghcr.io', 'localhost:5000']),
};

function program(): Command {
  const made = new Command('pushboat');
  made
    .command('push')
    .argument('<image>')
    .argument('[destination]')
    .option('-q, --quiet', 'print the digest only')
    .option('--digestfile <file>', 'write the digest to this file')
    .option('--blob-cache <dir>', 'keep compressed layers')
    .option('--to <registry/path>', 'where several images go')
    .addOption(new Option('-f, --format <format>', 'format').choices(['oci', 'v2s2']))
    .addOption(new Option('--secret').hideHelp());
  made.command('resolve').argument('<reference...>');
  made.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  const registry = made.command('registry');
  registry.command('show').argument('<host>');
  registry.command('list');
  return made;
}

async function values(...words: string[]): Promise<string[]> {
  return (await complete(program(), words, known)).candidates.map(({ value }) => value);
}

describe('complete', () => {
  test('offers commands, and those of a group', async () => {
    expect(await values('')).toEqual(['push', 'resolve', 'completion', 'registry', 'help']);
    expect(await values('registry', '')).toEqual(['show', 'list', 'help']);
  });

  test('offers options that are not hidden', async () => {
    expect(await values('push', '-')).toEqual([
      '--quiet',
      '--digestfile',
      '--blob-cache',
      '--to',
      '--format',
      '--help',
    ]);
    expect(await values('push', '--', '-')).not.toContain('--quiet');
  });

  test('offers what an option takes, in the next word and behind the equals sign', async () => {
    expect(await values('push', '--format', '')).toEqual(['oci', 'v2s2']);
    expect(await values('push', '-f', 'v')).toEqual(['v2s2']);
    expect(await values('push', '--to', 'gh')).toEqual(['ghcr.io/']);
    expect(await values('push', '--format=v')).toEqual(['--format=v2s2']);
    expect(await complete(program(), ['push', '--digestfile', ''], known)).toEqual({ candidates: [], paths: 'files' });
    expect(await complete(program(), ['push', '--blob-cache', ''], known)).toEqual({
      candidates: [],
      paths: 'folders',
    });
  });

  test('counts arguments without options and their values', async () => {
    expect(await values('push', 'w')).toEqual(['web:1', 'worker:2']);
    expect(await values('push', '-q', '--format', 'oci', 'web:1', 'gh')).toEqual(['ghcr.io/']);
    expect(await values('push', 'web:1', 'ghcr.io/a', '')).toEqual([]);
    expect(await values('resolve', 'a', 'b', 'lo')).toEqual(['localhost:5000/']);
  });

  test('offers hosts of registries without a slash where a registry is meant', async () => {
    expect(await values('registry', 'show', 'l')).toEqual(['localhost:5000']);
  });

  test('leaves the path of a transport to the shell', async () => {
    expect(await complete(program(), ['push', 'oci:./la'], known)).toEqual({ candidates: [], paths: 'files' });
  });
});
