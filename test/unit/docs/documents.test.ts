import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { describedProgram } from '../electron/cli/described-program.ts';
import { makeIo } from '../electron/cli/terminal.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

let program: Command;
beforeAll(async () => {
  program = await describedProgram(makeIo().io);
});

/** What `push`, `registry set` and the like are called, with their definition; those that only scripts use are left out. */
function commands(group = program, above: readonly string[] = []): [name: string, command: Command][] {
  const shown = group.createHelp().visibleCommands(group);
  return group.commands
    .filter((command) => shown.includes(command))
    .flatMap((command) => {
      const words = [...above, command.name()];
      return command.commands.length > 0 ? commands(command, words) : [[words.join(' '), command]];
    });
}

const flagsOf = ({ options }: Command): string[] =>
  options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);

/** Of the table of options: the flags and the commands that each row names. */
function documentedOptions(): [flag: string, command: string][] {
  const names = commands().map(([name]) => name);
  const rows = read('docs/command-line.md').matchAll(/^\| (`-[^|]*(?:\\\|[^|]*)*) \| ([^|]*) \|/gm);
  return [...rows].flatMap(([, options = '', of = '']) => {
    const [all, except] = of.split(/^all(?: but )?/).toReversed();
    const listed = all?.split(', ') ?? [];
    const owners = except === undefined ? listed : names.filter((name) => !listed.includes(name));
    const flags = [...options.matchAll(/`(-[-\w]*)/g)].map(([, flag = '']) => flag);
    return flags.flatMap((flag) => owners.map((owner): [string, string] => [flag, owner]));
  });
}

describe('docs/command-line.md', () => {
  it('names every command', () => {
    const [table = ''] = /^\| command \|[^]*?\n\n/m.exec(read('docs/command-line.md')) ?? [];
    for (const [name] of commands()) expect(table).toContain(name.split(' ').at(-1));
  });

  it('tells every option of every command, and none that is gone', () => {
    const spoken = ([flag, command]: [string, string]): string => `${command} ${flag}`;
    const known = commands().flatMap(([name, command]) => flagsOf(command).map((flag) => spoken([flag, name])));
    expect(documentedOptions().map(spoken).toSorted()).toEqual(known.toSorted());
  });
});

/** What stands behind `pushboat` in a document's blocks and between its backticks. */
function typed(text: string): string[] {
  const code = [...text.matchAll(/^```sh\n([^]*?)^```|`([^`\n]+)`/gm)].map(
    ([, block, inline]) => block ?? inline ?? '',
  );
  return code.flatMap((lines) =>
    [...lines.matchAll(/(?:^|[|] )pushboat ([^|#\n]*)/gm)].map(([, words = '']) => words.trim()),
  );
}

describe.each(['README.md', 'docs/guide.md', 'docs/guide.zh-CN.md', 'docs/command-line.md', 'CHANGELOG.md'])(
  '%s',
  (path) => {
    it('has people type only what the command line knows', () => {
      const unknown = typed(read(path)).filter((line) => {
        const words = line.split(/\s+/);
        const [name = '', command = program] = commands().find(([one]) => `${line} `.startsWith(`${one} `)) ?? [];
        const flags = [...flagsOf(command), '--help', '--version', '-h', '-V'];
        const isKnown = name !== '' || /^(?:help|registry|key)\b|^-/.test(line);
        return !isKnown || words.some((word) => /^--?[a-z]/.test(word) && !flags.includes(word.replace(/=.*/, '')));
      });
      expect(unknown).toEqual([]);
    });
  },
);

describe('the Chinese guide', () => {
  const [english, chinese] = [read('docs/guide.md'), read('docs/guide.zh-CN.md')];

  it('has people type what the English one does', () => {
    const blocks = (text: string): string[] =>
      [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
        block.split('\n').map((line) => line.replace(/ +# .*/, '')),
      );
    expect(blocks(chinese)).toEqual(blocks(english));
  });

  it('names the options, variables, paths and commands that the English one names', () => {
    const names = (text: string): string[] =>
      [...text.matchAll(/`((?:--|pushboat |npm |[A-Z_]{5,}|[~/])[^`]*)`/g)].map(([, name = '']) => name).toSorted();
    expect(names(chinese)).toEqual(names(english));
  });
});
