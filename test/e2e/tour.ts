import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { breakLayout } from '../fixtures/break-layouts.ts';
import { makeCertificates } from '../fixtures/certificates.ts';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { startRegistry } from '../registry/server.ts';
import { type App, startApp } from './app.ts';
import { imageRow, loginDialog, pushButton, signIn, targetField, waitForJob } from './screen.ts';

/** What the image that is pushed is made of; large enough that its bars can be seen moving. Bytes. */
const LAYERS = [
  { size: 7_400_000, createdBy: 'COPY rootfs.tar / # buildkit' },
  { size: 40_000, createdBy: 'COPY --chown=app package.json /srv/ # buildkit' },
  { size: 12_800_000, createdBy: 'RUN /bin/sh -c npm ci --omit=dev # buildkit' },
  { size: 3_100_000, createdBy: 'COPY dist /srv/dist # buildkit' },
  { size: 900_000, createdBy: 'COPY public /srv/public # buildkit' },
];

/** Called at every stop of the tour, while the screen is shown. */
export type Visit = (app: App, screen: string) => Promise<void>;

/** Walks through every screen of the window with a real registry behind it. English, light; the visitor may switch and must not tidy up. */
export async function tour(visit: Visit): Promise<void> {
  await using folder = await makeTempDir('tour');
  await using registry = await startRegistry({
    storage: 'memory',
    tls: (await makeCertificates()).server,
    auth: { kind: 'bearer', users: { ada: 'lovelace' } },
  });
  await emptyScreens(visit);
  await makeImages(folder.path);
  await using app = await startApp({ settings: { imagesStoreDir: join(folder.path, 'store') } });
  const { page } = app;
  const show = async (screen: string): Promise<void> => {
    await visit(app, screen);
    await setLook(page, 'en', 'light');
  };
  await imageRow(page, /web/).click();
  await targetField(page).fill(`${registry.host}/acme/web:1.2`);
  await show('images');
  // The list of what can be taken lies over the buttons below it.
  await targetField(page).press('Escape');
  const options = page.getByRole('button', { name: 'Options', exact: true });
  await options.click();
  await page.getByRole('button', { name: 'Key file…' }).waitFor();
  await show('options');
  await options.click();
  await app.drop([join(folder.path, 'no layout'), join(folder.path, 'broken')]);
  await page.getByRole('alert').first().waitFor();
  await show('bad-drop');
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Dismiss' }).first().click();

  await pushButton(page).click();
  await page.getByRole('alertdialog').waitFor();
  await show('certificate');
  await page.getByRole('button', { name: 'Trust this certificate' }).click();
  await loginDialog(page).waitFor();
  await show('login');
  await signIn(page, 'ada', 'byron');
  await loginDialog(page).getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await page.waitForTimeout(300);
  await show('login-refused');
  registry.throttle.bytesPerSecond = 600_000;
  await signIn(page, 'ada', 'lovelace');
  await waitForJob(page, 'running');
  await page.waitForTimeout(1500);
  await show('running');
  await app.requestClose();
  await page.getByRole('alertdialog').waitFor();
  await show('closing');
  await page.getByRole('button', { name: 'Keep running' }).click();
  registry.throttle.bytesPerSecond = 0;
  await waitForJob(page, 'done');
  await show('done');

  await targetField(page).fill(`${registry.host}/acme/web:1.3`);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('dialog').getByText('To send').waitFor();
  await show('preview');
  await page.keyboard.press('Escape');
  await exportScreens(app, folder.path, show);
  for (const view of ['Transfers', 'History', 'Registries', 'Settings']) {
    await page.getByRole('navigation').getByRole('button', { name: view }).click();
    await page.getByRole('heading', { name: view, level: 1 }).waitFor();
    if (view === 'History') await verifyFirst(page);
    if (view === 'Registries') await page.getByRole('button', { name: /^Expert/ }).click();
    await show(view.toLowerCase());
  }
}

/** With the keyboard alone, as everything can be done. */
async function verifyFirst(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Verify/ })
    .first()
    .focus();
  await page.keyboard.press('Enter');
  await page.getByText(/^The registry has it whole/).waitFor();
}

/** The dialog, and the transfer that comes of it. */
async function exportScreens(app: App, folder: string, show: (screen: string) => Promise<void>): Promise<void> {
  const { page } = app;
  await page.getByRole('button', { name: 'Export…' }).click();
  await app.answerOpenDialog([join(folder, 'web-1.2.tar')]);
  await page.getByRole('button', { name: 'Choose…' }).click();
  await page.getByTestId('export-destination').waitFor();
  await show('export');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByRole('button', { name: 'Show in folder' }).waitFor();
  await show('exported');
}

/** Switches language and theme as the settings do, and waits until nothing moves any more. */
export async function setLook(page: Page, language: 'en' | 'zh-CN', theme: 'light' | 'dark'): Promise<void> {
  await page.evaluate((look) => window.pushboat.request('settings.update', look), { language, theme });
  await page.waitForFunction(
    (look) =>
      document.documentElement.dataset['theme'] === look.theme && document.documentElement.lang === look.language,
    { language, theme },
  );
  await page.waitForTimeout(250);
}

async function emptyScreens(visit: Visit): Promise<void> {
  await using app = await startApp();
  await app.page.getByRole('heading', { name: 'Push your first image' }).waitFor();
  await visit(app, 'empty');
}

async function makeImages(folder: string): Promise<void> {
  const store = join(folder, 'store');
  await makeLayout(join(store, 'web'), {
    refName: 'ghcr.io/acme/web:1.2',
    layers: LAYERS,
    platform: { os: 'linux', architecture: 'amd64' },
    labels: { 'org.opencontainers.image.source': 'https://github.com/acme/web' },
  });
  const names = ['api:3.4', 'worker:3.4', 'registry.cn-shanghai.aliyuncs.com/tangxusc/alpine:3.18.0', 'docs:latest'];
  for (const [index, refName] of names.entries()) {
    await makeLayout(join(store, `image-${index}`), { refName, seed: refName, layers: index + 1, layerSize: 40_000 });
  }
  await makeLayout(join(store, 'damaged'), { refName: 'acme/damaged:1' });
  await breakLayout.missingManifest(join(store, 'damaged'));
  await makeLayout(join(folder, 'broken'));
  await breakLayout.missingIndex(join(folder, 'broken'));
}
