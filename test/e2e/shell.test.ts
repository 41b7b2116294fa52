import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLayout } from '../fixtures/layouts.ts';
import { makeTempDir } from '../fixtures/temp-dir.ts';
import { startApp } from './app.ts';
import { imageRow, targetField } from './screen.ts';

describe('the window', () => {
  it('opens paths of the command line, and those of a second start, which ends at once', async () => {
    await using folder = await makeTempDir('paths');
    await makeLayout(join(folder.path, 'first'), { refName: 'acme/first:1' });
    await makeLayout(join(folder.path, 'second'), { refName: 'acme/second:1', seed: 'second' });
    await using app = await startApp({ paths: [join(folder.path, 'first')] });
    await imageRow(app.page, /first/).waitFor();
    expect(await app.startAgain([join(folder.path, 'second')])).toBe(0);
    await imageRow(app.page, /second/).waitFor();
    await expect.poll(() => targetField(app.page).inputValue()).toBe('acme/second:1');
  });

  it('gives the page the contract and nothing else, neither network nor other pages, and keeps its security policy', async () => {
    await using app = await startApp();
    const { page } = app;
    const home = page.url();
    const seen = await page.evaluate(async () => ({
      api: Object.keys(window.pushboat).sort(),
      frozen: Object.isFrozen(window.pushboat),
      node: typeof (globalThis as { require?: unknown }).require + typeof (globalThis as { process?: unknown }).process,
      fetch: await fetch('https://example.com/').then(
        () => 'answered',
        () => 'refused',
      ),
    }));
    expect(seen).toEqual({
      api: ['on', 'pathsOf', 'request'],
      frozen: true,
      node: 'undefinedundefined',
      fetch: 'refused',
    });
    await page.evaluate(() => {
      window.open('https://example.com/');
      location.href = 'https://example.com/';
    });
    await page.waitForTimeout(500);
    expect(
      page
        .context()
        .pages()
        .map((each) => each.url()),
    ).toEqual([home]);
    await page.getByRole('navigation', { name: 'Sources' }).waitFor();

    // Loading it again breaks none of the page's own rules.
    app.problems.length = 0;
    await page.reload();
    await page.getByRole('navigation', { name: 'Sources' }).waitFor();
    expect(app.problems).toEqual([]);
  });

  it('comes back after its page crashed, with everything there', async () => {
    await using folder = await makeTempDir('crash');
    await makeLayout(join(folder.path, 'web'), { refName: 'acme/web:1' });
    await using app = await startApp({ settings: { imagesStoreDir: folder.path } });
    await imageRow(app.page, /web/).waitFor();
    const page = await app.crashPage();
    await imageRow(page, /web/).waitFor();
    expect(await app.log()).toContain('page gone');
  });

  it('follows language and theme of the settings at once', async () => {
    await using app = await startApp({ locale: 'zh-CN' });
    const { page } = app;
    await page.getByRole('button', { name: '设置', exact: true }).click();
    await page.evaluate(() => window.pushboat.request('settings.update', { language: 'en', theme: 'dark' }));
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).not.toBe('rgb(255, 255, 255)');
  });
});
