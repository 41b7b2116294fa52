const bold = (text: string) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);

let steps = 0;

/** Begins a numbered step. */
export function step(title: string): void {
  steps += 1;
  process.stdout.write(`\n${bold(`${steps}. ${title}`)}\n`);
}

export function say(line: string): void {
  process.stdout.write(`   ${line}\n`);
}

/** A command as a person would type it. */
export function sayCommand(line: string): void {
  process.stdout.write(`   $ ${bold(line)}\n`);
}
