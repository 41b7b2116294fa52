import type { Command, Help } from 'commander';
import type { OtherLanguage } from './types.ts';

/** Describes a program, its commands and options in another language; what is typed stays as it is. */
export function describeIn({ help }: OtherLanguage, program: Command): void {
  const word = (text: string): string => help[text] ?? text;
  const withChoices = (text: string, choices: readonly string[] | undefined): string =>
    choices ? `${text}（可选值：${choices.join('、')}）` : text;
  const inWords: Partial<Help> = {
    styleTitle: word,
    optionDescription: ({ description, argChoices }) => withChoices(description, argChoices),
    argumentDescription: ({ description, argChoices }) => withChoices(description, argChoices),
  };
  for (const command of withCommands(program)) {
    command.description(word(command.description())).configureHelp({ ...command.configureHelp(), ...inWords });
    command.helpOption('-h, --help', word('print this help'));
    if (command.commands.length > 0) command.helpCommand('help [command]', word('print the help of a command'));
    for (const each of [...command.options, ...command.registeredArguments]) each.description = word(each.description);
  }
}

function withCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withCommands)];
}
