import type { Command } from 'commander';
import { longHelp } from '../help.ts';

/** How long a line of the page's source is: troff's tools count bytes, and read more of them with reluctance. */
const WIDTH = 80;

/**
 * The manual page of a program, made from the definitions of its commands (man(7) macros, section 1).
 * @param common what the help of every command ends with; here it stands once
 * @param day on which it is made, as `2026-01-31`
 */
export function manPage(program: Command, common = longHelp().command, day = ''): string {
  const name = program.name();
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => program.commands.includes(command));
  return [
    `.TH ${name.toUpperCase()} 1 "${day}" "${name} ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    `${name} \\- ${escaped(lowerFirst(firstSentence(program.description())))}`,
    '.SH SYNOPSIS',
    commands.flatMap(usagesOf).map(synopsis).join('\n.br\n'),
    '.SH DESCRIPTION',
    wrapped(program.description()),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandPart(command, common)),
    '.SH NOTES',
    ...preformatted(textAfterHelp(program, common)).slice(1),
    '',
  ].join('\n');
}

function commandPart(command: Command, common: string): string[] {
  const help = command.createHelp();
  const options = help
    .visibleOptions(command)
    .map((option) => entry(help.optionTerm(option), help.optionDescription(option)));
  const argumentsOf = help
    .visibleArguments(command)
    .map((argument) => entry(help.argumentTerm(argument), help.argumentDescription(argument)));
  const parts = command.commands.filter((part) => part.name() !== 'help');
  const [first, ...others] = usagesOf(command);
  return [
    `.SS ${quoted(first.slice(programOf(command).name().length + 1))}`,
    ...others.map((usage) => `${synopsis(usage)}\n.br`),
    wrapped(command.description()),
    ...argumentsOf.flat(),
    ...options.flat(),
    ...preformatted(textAfterHelp(command, common)),
    ...parts.flatMap((part) => commandPart(part, common)),
  ];
}

function entry(term: string, description: string): string[] {
  return ['.TP', `.B ${escaped(term)}`, wrapped(description)];
}

/** The command's name with those it stands under, without the program's. */
function fullName(command: Command): string {
  const above = command.parent;
  return above?.parent ? `${fullName(above)} ${command.name()}` : command.name();
}

/** The ways to call a command, each with the program's name; where there are several, each is a line. */
function usagesOf(command: Command): readonly [first: string, ...others: string[]] {
  const program = programOf(command).name();
  const [first = '', ...others] = command
    .usage()
    .replace(/\[command\]/, 'command')
    .split('\n');
  return [`${program} ${fullName(command)} ${first}`.trim(), ...others.map((usage) => usage.trim())];
}

function programOf(command: Command): Command {
  return command.parent ? programOf(command.parent) : command;
}

/** The program's name in bold, then what follows it. */
function synopsis(usage: string): string {
  const [program = '', ...rest] = usage.split(' ');
  return `.B ${escaped(program)}\n${escaped(rest.join(' '))}`;
}

/** What `--help` says after arguments and options. Whatever stands at the left edge of it would be a heading there, too. */
function textAfterHelp(command: Command, common: string): string {
  let whole = '';
  const write = (text: string): void => {
    whole += text;
  };
  const kept = command.configureOutput();
  command.configureOutput({ ...kept, writeOut: write });
  command.outputHelp();
  command.configureOutput(kept);
  // What every command says stands once, at the end of the page.
  return whole.slice(command.helpInformation().length).replace(common, '').trim();
}

function preformatted(text: string): string[] {
  return text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(escaped), '.fi'];
}

/** Running text, in lines that are not too long. A word may be: a reference, a path. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of escaped(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  // A line that begins so would be a request.
  return [...lines, line].map((each) => each.replace(/^[.']/, '\\&$&')).join('\n');
}

function firstSentence(text: string): string {
  return /^[^.]*/.exec(text)?.[0] ?? text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Text as roff takes it: backslashes, hyphens that are to be copied, letters beyond ASCII, and lines that would be requests. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\n -~]/gu, (letter) => `\\[u${hex(letter)}]`)
    .replace(/^([.'])/gm, '\\&$1');
}

function hex(letter: string): string {
  return (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}
