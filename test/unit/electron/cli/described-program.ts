import { Command } from 'commander';
import { vi } from 'vitest';
import type { CommandIo } from '../../../../electron/cli/io.ts';
import { runCommandLine } from '../../../../electron/cli/program.ts';

/** The whole program as it would parse a command line, without running any. */
export async function describedProgram(io: CommandIo): Promise<Command> {
  const parsed: Command[] = [];
  const parsing = vi.spyOn(Command.prototype, 'parseAsync').mockImplementation(function (this: Command) {
    parsed.push(this);
    return Promise.resolve(this);
  });
  await runCommandLine([], io);
  const [program] = parsed;
  parsing.mockRestore();
  if (!program) throw new Error('nothing was parsed');
  return program;
}
