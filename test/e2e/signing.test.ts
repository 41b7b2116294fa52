import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeGpgHome } from '../fixtures/gpg-home.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { requireTool, run } from '../fixtures/tools.ts';
import { startRegistry } from '../registry/server.ts';
import { startApp } from './app.ts';
import { imageRow, pushButton, targetField, waitForJob } from './screen.ts';

const RIGHT = 'the words of Ann';
const WRONG = 'the words of Ben';

/** A `gpg` that is found first, writes down its arguments and becomes the real one. */
async function listeningGpg(folder: string): Promise<{ path: string; args: string }> {
  const [path, args] = [join(folder, 'bin'), join(folder, 'arguments')];
  await mkdir(path);
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${args}'\nexec '${requireTool('gpg')}' "$@"\n`;
  await writeFile(join(path, 'gpg'), script, { mode: 0o755 });
  return { path, args };
}

test('a push is signed with a locked gpg key: the passphrase is asked for, again when it was wrong, and kept nowhere', async () => {
  await using folder = await makeTempDir('signing');
  await using gpg = await makeGpgHome();
  await using registry = await startRegistry({ storage: 'memory' });
  const key = gpg.addKey('Ann <ann@example.test>', RIGHT);
  const home = { GNUPGHOME: gpg.env['GNUPGHOME'] ?? '' };
  // What made the key has told the agent its passphrase.
  await run('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, ...home } });
  const { path: layout, image } = await makeLayout(join(folder.path, 'layout'));
  const tool = await listeningGpg(folder.path);
  const env = { ...home, PATH: `${tool.path}:${process.env['PATH']}` };
  await using app = await startApp({ paths: [layout], env });
  const lookaside = join(folder.path, 'lookaside');
  const config = join(app.folder, 'home/.config/containers/registries.d');
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'x.yaml'), `default-docker:\n  lookaside: file://${lookaside}\n`);

  const { page } = app;
  const target = `${registry.host}/acme/web:1`;
  await imageRow(page, /latest/).click();
  await page.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('checkbox', { name: /Ann <ann@example\.test>/ }).check({ force: true });
  await targetField(page).fill(target);
  await pushButton(page).click();

  const dialog = page.getByRole('dialog', { name: 'Passphrase of the signing key' });
  await dialog.getByText(key).waitFor();
  expect(registry.manifest('acme/web', '1')?.digest).toBe(image.digest);
  await page.getByText('Pushed, not signed').first().waitFor();
  const field = dialog.getByLabel('Passphrase', { exact: true });
  await field.fill(WRONG);
  await field.press('Enter');
  await dialog.getByText('signing failed: Bad passphrase', { exact: true }).waitFor();
  expect(await field.inputValue()).toBe('');
  await field.fill(RIGHT);
  await dialog.getByRole('button', { name: 'Sign' }).click();
  await waitForJob(page, 'done');
  await dialog.waitFor({ state: 'detached' });

  const manifest = join(folder.path, 'manifest.json');
  await writeFile(manifest, registry.manifest('acme/web', '1')?.manifest.bytes ?? '');
  const signature = join(lookaside, `acme/web@${image.digest.replace(':', '=')}`, 'signature-1');
  const verify = ['standalone-verify', manifest, target, key, signature];
  const { stdout } = await run('skopeo', verify, { env: { ...process.env, ...home } });
  expect(stdout.toString()).toContain(`Signature verified, digest ${image.digest}`);
  expect(app.problems).toEqual([]);

  // Neither in what the application has written (log, journal, settings, profile) nor in what it started.
  expect(await readFile(tool.args, 'utf8')).toContain(`--local-user\n${key}\n`);
  const filesWith = async (words: string): Promise<string> =>
    (await run('grep', ['-rlaF', words, app.folder, tool.args], { accept: [0, 1] })).stdout.toString();
  expect(await filesWith(target)).toContain(join(app.folder, 'data'));
  for (const words of [RIGHT, WRONG]) expect(await filesWith(words)).toBe('');
});
