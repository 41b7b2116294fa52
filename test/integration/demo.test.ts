import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';

const DEMO = fileURLToPath(new URL('../../build/scripts/demo.mjs', import.meta.url));

test('npm run demo is refused, signs in, pushes, checks what arrived and leaves nothing behind', async () => {
  await using temp = await makeTempDir('demo-test');
  const { stdout, stderr } = await run('node', [DEMO], { env: { TMPDIR: temp.path }, timeoutMs: 240_000 });
  const text = stdout.toString('utf8');
  const digest = /Digest: (sha256:[a-f0-9]{64})\n$/.exec(text)?.[1];
  expect(digest).toBeDefined();
  // Once from the command line's own report, once from what was read back.
  expect(text.split(`Digest: ${digest}`)).toHaveLength(3);
  expect(stderr).toMatch(/sign|login/i);
  expect(text).toContain('7 blobs have the bytes of the layout');
  const password = /Login +demo \/ (\S+)/.exec(text)?.[1] ?? '';
  expect(password).not.toBe('');
  expect(text.split(password)).toHaveLength(2);
  expect(stderr).not.toContain(password);
  expect(await readdir(temp.path)).toEqual([]);
});
