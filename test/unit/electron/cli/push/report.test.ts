import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommandLine } from '../../../../../electron/cli/program.ts';
import { makeLayout } from '../../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../../fixtures/temp-dir.ts';
import { makeIo } from '../terminal.ts';

async function scene() {
  const home = await makeTempDir('report');
  const list = join(home.path, 'list');
  const lines: string[] = [];
  const digests: string[] = [];
  for (const seed of ['one', 'two']) {
    const { path, image } = await makeLayout(join(home.path, seed), { seed });
    digests.push(image.digest);
    lines.push(`${path} oci:${join(home.path, 'out')}:${seed}`);
  }
  await writeFile(list, lines.join('\n'));
  const push = (...options: string[]) => {
    const { io, stdout } = makeIo('', { HOME: home.path, PUSHBOAT_DATA_DIR: home.path });
    return runCommandLine(['push', '--from', list, '-q', ...options], io).then((status) => ({ status, out: stdout() }));
  };
  return { push, digests, at: (name: string) => join(home.path, name), [Symbol.asyncDispose]: () => home.remove() };
}

it('the file of the digests has that of each image, as -q prints them', async () => {
  await using here = await scene();
  const { status, out } = await here.push('--digestfile', here.at('digests'));
  expect(status).toBe(0);
  expect(await readFile(here.at('digests'), 'utf8')).toBe(here.digests.join('\n'));
  expect(out).toBe(`${here.digests.join('\n')}\n`);
});

it('a dry run replaces no receipt', async () => {
  await using here = await scene();
  await writeFile(here.at('receipt.json'), 'of an earlier push');
  await here.push('--dry-run', '--receipt', here.at('receipt.json'));
  expect(await readFile(here.at('receipt.json'), 'utf8')).toBe('of an earlier push');
});
