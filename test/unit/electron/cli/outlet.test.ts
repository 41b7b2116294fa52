import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Outlet } from '../../../../electron/cli/outlet.ts';

function collecting(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  return { stream, text: () => String(stream.read() ?? '') };
}

/** A stream behind which is a full disk, or nobody any more. */
function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
}

it('a line stays one line', () => {
  const { stream, text } = collecting();
  new Outlet(stream).line('Pushed a\nDigest: fake\u001b[2J');
  expect(text()).toBe('Pushed a\\nDigest: fake\\x1b[2J\n');
});

it('drawing moves up by the lines that were drawn, whatever they hold', () => {
  const { stream, text } = collecting();
  const outlet = new Outlet(stream);
  outlet.redraw(['a\nb', 'c']);
  outlet.redraw(['d']);
  outlet.endDrawing();
  expect(text()).toBe('\u001b[?25l\u001b[0Ja\\nb\nc\n\u001b[2A\r\u001b[0Jd\n\u001b[?25h');
});

it('a stream that cannot be written stops nothing, and says why afterwards', async () => {
  const outlet = new Outlet(failing('ENOSPC'));
  outlet.line('one');
  outlet.line('two');
  await outlet.flush();
  expect(outlet).toMatchObject({ isClosed: true, failure: { code: 'ENOSPC' } });
});

it('a reader that has closed its end is no failure', async () => {
  const outlet = new Outlet(failing('EPIPE'));
  outlet.line('one');
  await outlet.flush();
  expect(outlet).toMatchObject({ isClosed: true, failure: undefined });
});

it('no other file of the command line writes to a stream or to the console', async () => {
  const folder = join(import.meta.dirname, '../../../../electron/cli');
  for (const name of await readdir(folder, { recursive: true })) {
    if (name === 'outlet.ts' || !name.endsWith('.ts')) continue;
    const code = await readFile(join(folder, name), 'utf8');
    expect({ name, found: code.match(/\.write\(|console\.|process\.std(out|err)(?!\))/g) }).toEqual({
      name,
      found: null,
    });
  }
});
