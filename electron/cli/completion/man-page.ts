import type { Command } from 'commander';
import { longHelp } from '../help.ts';

/**
 * The manual page of a program, made from the definitions of its commands (man(7) macros, section 1).
 * @param common what the help of every command ends with; here it stands once
 */
export function manPage(program: Command, common = longHelp().command): string {
  const name = program.name();
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => program.commands.includes(command));
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    `${name} \\- ${escaped(lowerFirst(firstSentence(program.description())))}`,
    '.SH SYNOPSIS',
    ...commands.map((command) => `.B ${escaped(`${name} ${fullName(command)}`)}\n.RI ${quoted(usageOf(command))}\n.br`),
    '.SH DESCRIPTION',
    escaped(program.description()),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandPart(command, common)),
    '.SH NOTES',
    ...preformatted(textAfterHelp(program, common)),
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
  return [
    `.SS ${quoted(`${fullName(command)} ${usageOf(command)}`.trim())}`,
    escaped(command.description()),
    ...argumentsOf.flat(),
    ...options.flat(),
    ...preformatted(textAfterHelp(command, common)),
    ...parts.flatMap((part) => commandPart(part, common)),
  ];
}

function entry(term: string, description: string): string[] {
  return ['.TP', `.B ${escaped(term)}`, escaped(description)];
}

/** The command's name with those it stands under, without the program's. */
function fullName(command: Command): string {
  const above = command.parent;
  return above?.parent ? `${fullName(above)} ${command.name()}` : command.name();
}

function usageOf(command: Command): string {
  return command.usage().replace(/\[command\]/, 'command');
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
