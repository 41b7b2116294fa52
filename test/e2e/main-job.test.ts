import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../fixtures/docker-registry.ts';
import { makeBuildahImage, type RealImage } from '../fixtures/real-images.ts';
import { makeTempDir, type TempDir } from '../fixtures/temp-dir.ts';
import { run } from '../fixtures/tools.ts';
import { type App, startApp } from './app.ts';
import {
  expectFullBars,
  imageRow,
  layerRows,
  loginDialog,
  pushButton,
  signIn,
  targetField,
  waitForJob,
} from './screen.ts';

const USER = 'ci-pusher';
const PASSWORD = 'right horse';

let folder: TempDir;
let registry: DockerRegistry;
let image: RealImage;

beforeAll(async () => {
  folder = await makeTempDir('main-job');
  [registry, image] = await Promise.all([
    startDockerRegistry({ tls: true, htpasswd: { user: USER, password: PASSWORD } }),
    makeBuildahImage(join(folder.path, 'shop web')),
  ]);
});

afterAll(async () => {
  await registry?.stop();
  await folder?.remove();
});

/** What a tool of others says of the tag that was pushed. */
async function digestBySkopeo(reference: string): Promise<string> {
  const { stdout } = await run('skopeo', [
    'inspect',
    '--tls-verify=false',
    `--creds=${USER}:${PASSWORD}`,
    '--format={{.Digest}}',
    `docker://${reference}`,
  ]);
  return stdout.toString().trim();
}

async function dropAndPush(app: App, target: string): Promise<void> {
  const { page } = app;
  await app.drop([image.path]);
  await imageRow(page, /1\.0/).waitFor();
  // The cursor is in the target field after a drop: a person just types.
  await expect.poll(() => targetField(page).evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(target);
  await pushButton(page).click();
}

describe('an image folder dropped on the window', () => {
  it('is pushed over TLS after a login that was put off, a wrong and a right one, every bar full, with the digest that the registry has', async () => {
    if (registry.caFile === undefined) throw new Error('the registry has no authority');
    const target = `${registry.host}/acme/web:1.0`;
    await using app = await startApp({ settings: { registries: { [registry.host]: { caFile: registry.caFile } } } });
    const { page } = app;
    await dropAndPush(app, target);

    await loginDialog(page).waitFor();
    await waitForJob(page, 'needs-login');
    const layersBefore = await layerRows(page).count();
    // Putting the dialog off loses nothing.
    await loginDialog(page).getByRole('button', { name: 'Not now' }).click();
    await loginDialog(page).waitFor({ state: 'detached' });
    await waitForJob(page, 'needs-login');
    await page.getByRole('button', { name: 'Sign in…' }).first().click();
    await signIn(page, USER, 'wrong horse');
    await loginDialog(page)
      .getByText(/refused|unauthorized|wants a login/i)
      .first()
      .waitFor();
    expect(await loginDialog(page).getByLabel('Password or token').inputValue()).toBe('');
    await signIn(page, USER, PASSWORD);

    await waitForJob(page, 'done');
    expect(await page.getByTestId('job').count()).toBe(1);
    const digests = await expectFullBars(page);
    expect(digests.length).toBeGreaterThanOrEqual(Math.max(layersBefore, 4));
    const shown = (await page.getByTestId('job-digest').textContent())?.trim();
    expect(shown).toBe(image.digest);
    expect(shown).toBe(await digestBySkopeo(target));

    await page.getByRole('button', { name: 'Copy the digest' }).last().click();
    await expect.poll(() => app.clipboard()).toBe(image.digest);
    expect(app.problems).toEqual([]);
    expect(await app.log()).not.toContain('horse');
  });

  it('waits for a decision about a certificate that nobody vouches for, and continues when it is trusted', async () => {
    const target = `${registry.host}/acme/pinned:1.0`;
    await using app = await startApp();
    const { page } = app;
    await dropAndPush(app, target);

    const question = page.getByRole('alertdialog', { name: `Is this really ${registry.host}?` });
    await question.getByText(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/).waitFor();
    await question.getByRole('button', { name: 'Trust this certificate' }).click();
    await loginDialog(page).waitFor();
    await signIn(page, USER, PASSWORD);

    await waitForJob(page, 'done');
    await expectFullBars(page);
    expect(await digestBySkopeo(target)).toBe(image.digest);
  });

  it('continues when the file of the registry’s authority is chosen', async () => {
    if (registry.caFile === undefined) throw new Error('the registry has no authority');
    const target = `${registry.host}/acme/authority:1.0`;
    await using app = await startApp();
    const { page } = app;
    await dropAndPush(app, target);

    const question = page.getByRole('alertdialog', { name: `Is this really ${registry.host}?` });
    // A file dialog that is cancelled leaves the question.
    await app.answerOpenDialog([]);
    await question.getByRole('button', { name: 'Choose a CA file…' }).click();
    await app.answerOpenDialog([registry.caFile]);
    await question.getByRole('button', { name: 'Choose a CA file…' }).click();
    await loginDialog(page).waitFor();
    await signIn(page, USER, PASSWORD);

    await waitForJob(page, 'done');
    await expectFullBars(page);
    expect(await digestBySkopeo(target)).toBe(image.digest);
  });
});
