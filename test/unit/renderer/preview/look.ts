/**
 * Takes a picture of every screen and lets axe look at it.
 * Usage: node test/unit/renderer/preview/look.ts OUT_DIR [NAME…] [SIZE-THEME-LANGUAGE…], as in `login small-dark-en`; needs Chromium.
 * With --pictures axe does not look: it takes most of the time.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const picturesOnly = process.argv.includes('--pictures');
const [outDir = '/tmp/pushboat-look', ...words] = process.argv.slice(2).filter((word) => word !== '--pictures');
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'none'";
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

interface Screen {
  scene: string;
  act?: (page: Page) => Promise<void>;
}

/** Finds the row as a person without a mouse does: by typing. */
const select = (name: string) => async (page: Page) => {
  const selected = page.locator('[role=row][aria-selected=true]', { hasText: name });
  // On a busy machine the letters may come too slowly to be one word.
  for (let tries = 0; tries < 5 && (await selected.count()) === 0; tries++) {
    await page.getByRole('grid').focus();
    await page.keyboard.type(name);
    await page.waitForTimeout(1100);
  }
  await selected.waitFor();
};

const testConnection = (registry: RegExp) => async (page: Page) => {
  await open(/Registries|镜像仓库/)(page);
  await page.getByRole('button', { name: registry }).click();
  await page.getByRole('button', { name: /Test connection|测试连接/ }).click();
  await page.getByTestId('connection-step').first().waitFor();
};

const previewShown = async (page: Page) => {
  await page.getByRole('button', { name: /^(Preview|预览)$/ }).click();
  await page.getByRole('table').waitFor();
};

const preview = async (page: Page) => {
  await select('acme/web:1.2')(page);
  await previewShown(page);
};

const previewAlso = (target: string) => async (page: Page) => {
  await select('acme/web:1.2')(page);
  await page.getByRole('button', { name: /^(Another destination|再加一个目标)$/ }).click();
  await page.getByRole('combobox').last().fill(target);
  await page.keyboard.press('Escape');
  await previewShown(page);
};
const open = (name: RegExp) => (page: Page) => page.getByRole('navigation').getByRole('button', { name }).click();

const typeTarget =
  (text: string, key = 'ArrowDown') =>
  async (page: Page) => {
    await select('acme/web:1.2')(page);
    await page.getByRole('combobox').fill(text);
    await page.getByRole('combobox').press(key);
    await page.waitForTimeout(1200);
  };

async function openOptions(page: Page): Promise<void> {
  await select('acme/web:1.2')(page);
  await page.getByRole('button', { name: /^(Options|选项)$/ }).click();
}

const SCREENS: Record<string, Screen> = {
  empty: { scene: 'empty' },
  list: { scene: 'full' },
  selected: { scene: 'full', act: select('acme/web:1.2') },
  several: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.keyboard.press('Shift+ArrowDown');
      await page.keyboard.press('Shift+ArrowDown');
      await page.getByRole('list', { name: /Where each image goes|每个镜像的推送位置/ }).waitFor();
    },
  },
  sheet: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.keyboard.press('Shift+ArrowDown');
      await page.keyboard.press('Shift+ArrowDown');
      await page.getByRole('button', { name: /^(Edit in a larger sheet|在大窗口中编辑)$/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  'sheet-conflict': {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.keyboard.press('Shift+ArrowDown');
      await page.keyboard.press('Shift+ArrowDown');
      await page.getByRole('button', { name: /^(Edit in a larger sheet|在大窗口中编辑)$/ }).click();
      const sheet = page.getByRole('dialog');
      await sheet.getByRole('textbox', { name: /acme\/web:3.2/ }).fill('registry.example.com/acme/web:2.1');
      await sheet.getByRole('checkbox').first().press('Space');
    },
  },
  'several-conflict': {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.keyboard.press('Shift+ArrowDown');
      await page.keyboard.press('Shift+ArrowDown');
      await page.getByRole('textbox', { name: /acme\/web:2.1/ }).fill('ghcr.io/acme/web:1.2');
      await page.getByRole('group', { name: 'ghcr.io/acme/web:1.2' }).scrollIntoViewIfNeeded();
    },
  },
  keys: {
    scene: 'full',
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  menu: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      // The details lie over the row where there is little room.
      await page.keyboard.press('Shift+F10');
      await page.getByRole('menu').waitFor();
    },
  },
  broken: { scene: 'full', act: select('backup-2025') },
  config: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('tab').nth(1).click();
    },
  },
  'target-error': {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('combobox').fill('ghcr.io/acme/Web:1.2');
    },
  },
  'target-notes': {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('combobox').fill('busybox');
    },
  },
  suggestions: { scene: 'full', act: typeTarget('') },
  'picker-repository': { scene: 'full', act: typeTarget('harbor.corp.example/') },
  'picker-tag': { scene: 'full', act: typeTarget('ghcr.io/acme/web:1') },
  'registry-alone': { scene: 'full', act: typeTarget('ghcr.io', 'Escape') },
  options: { scene: 'full', act: openOptions },
  converted: {
    scene: 'full',
    act: async (page) => {
      await openOptions(page);
      await page.getByRole('checkbox').first().press('Space');
      await page.getByRole('button', { name: /Manifest format|清单格式/ }).click();
      await page.getByRole('option').nth(2).click();
      await page.getByRole('button', { name: /^(Preview|预览)$/ }).click();
      await page.getByRole('table').waitFor();
    },
  },
  preview: {
    scene: 'full',
    act: preview,
  },
  'preview-two': {
    scene: 'full',
    act: previewAlso('harbor.corp.example/platform/team/web:1.2'),
  },
  'preview-kept': {
    scene: 'full',
    act: async (page) => {
      await preview(page);
      await page.getByRole('checkbox', { name: /^(Only if new|仅限新标签)$/ }).press('Space');
      await page.locator('[data-testid=tag-notice][data-state=kept]').waitFor();
    },
  },
  'preview-failed': {
    scene: 'full',
    act: async (page) => {
      await previewAlso('silent.corp.example/platform/team/web:1.2')(page);
      await page.getByRole('tab').last().click();
      await page.getByRole('tabpanel').getByText('ECONNREFUSED').waitFor();
    },
  },
  signing: {
    scene: 'full',
    act: async (page) => {
      await openOptions(page);
      await page.getByRole('button', { name: /^(Key file…|密钥文件…)$/ }).click();
      await page.getByRole('checkbox', { name: /Ana Release/ }).press('Space');
      await page.getByRole('checkbox', { name: /signingKey/ }).scrollIntoViewIfNeeded();
    },
  },
  companions: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('button', { name: /^(Push|推送)$/ }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  unsigned: { scene: 'unsigned', act: open(/Transfers|传输/) },
  passphrase: {
    scene: 'unsigned',
    act: async (page) => {
      await open(/Transfers|传输/)(page);
      await page.getByRole('button', { name: /^(Type the passphrase…|输入密码…)$/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  forced: {
    scene: 'full',
    act: async (page) => {
      await openOptions(page);
      await page.getByRole('checkbox').last().press('Space');
      await page.getByRole('checkbox').last().scrollIntoViewIfNeeded();
    },
  },
  running: { scene: 'running', act: select('acme/web:1.2') },
  transfers: { scene: 'running', act: open(/Transfers|传输/) },
  states: { scene: 'states', act: open(/Transfers|传输/) },
  login: { scene: 'login' },
  denied: { scene: 'denied' },
  'login-refused': {
    scene: 'login',
    act: async (page) => {
      await page.locator('input[type=password]').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByText('incorrect').waitFor();
    },
  },
  held: { scene: 'held', act: open(/Transfers|传输/) },
  'held-all': {
    scene: 'held',
    act: async (page) => {
      await open(/Transfers|传输/)(page);
      const folded = page.locator('[data-testid=job] [aria-expanded=false]');
      while ((await folded.count()) > 0) await folded.first().click();
    },
  },
  limits: {
    scene: 'held',
    act: async (page) => {
      await page.getByRole('button', { name: /Bandwidth limit|带宽上限/ }).click();
      await page.getByRole('listbox').waitFor();
    },
  },
  trust: { scene: 'trust' },
  http: { scene: 'http' },
  done: { scene: 'done', act: select('acme/web:1.2') },
  failed: { scene: 'failed', act: open(/Transfers|传输/) },
  restarted: { scene: 'restarted', act: open(/Transfers|传输/) },
  'failed-all': {
    scene: 'failed',
    act: async (page) => {
      await open(/Transfers|传输/)(page);
      const folded = page.locator('[data-testid=job] [aria-expanded=false]');
      while ((await folded.count()) > 1) await folded.last().click();
    },
  },
  settings: { scene: 'full', act: open(/Settings|设置/) },
  registries: { scene: 'full', act: open(/Registries|镜像仓库/) },
  'registries-expert': {
    scene: 'full',
    act: async (page) => {
      await open(/Registries|镜像仓库/)(page);
      await page.getByRole('button', { name: /^ghcr\.io/ }).click();
      await page.getByRole('button', { name: /^(Expert|高级|专家)/ }).click();
      await page.getByRole('button', { name: /^(Certificate|证书)[:：] ?.*ghcr/ }).click();
      await page.getByRole('status').first().scrollIntoViewIfNeeded();
    },
  },
  account: {
    scene: 'full',
    act: async (page) => {
      await open(/Registries|镜像仓库/)(page);
      await page.getByRole('button', { name: /^docker\.io/ }).click();
      await page.getByRole('button', { name: /^(Add account…|添加账号…)$/ }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  verified: {
    scene: 'full',
    act: async (page) => {
      await open(/History|历史记录/)(page);
      await page
        .getByRole('button', { name: /^(Verify|校验)/ })
        .first()
        .click();
      await page.getByRole('status').first().waitFor();
    },
  },
  'registries-test': {
    scene: 'full',
    act: testConnection(/^ghcr\.io/),
  },
  'registries-ready': {
    scene: 'full',
    act: testConnection(/^docker\.io/),
  },
  drop: {
    scene: 'full',
    act: (page) =>
      page.evaluate(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([''], 'layout'));
        window.dispatchEvent(new DragEvent('dragenter', { dataTransfer: transfer, bubbles: true }));
      }),
  },
  'drop-errors': {
    scene: 'full',
    act: async (page) => {
      await page.evaluate(() => {
        const transfer = new DataTransfer();
        for (const name of ['good', 'bad', 'bad-too']) transfer.items.add(new File([''], name));
        window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
      });
      await page.getByRole('alert').first().waitFor();
    },
  },
  closing: {
    scene: 'running',
    act: (page) =>
      page.evaluate(() =>
        (window as unknown as { fake: { emit(e: string, p: unknown): void } }).fake.emit('closing', { running: 2 }),
      ),
  },
  export: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('button', { name: /^(Export…|导出…)$/ }).click();
      await page.getByRole('button', { name: /^(Choose…|选择…)$/ }).click();
      await page.getByTestId('export-destination').waitFor();
    },
  },
  replace: {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('button', { name: /^(Export…|导出…)$/ }).click();
      await page.getByRole('button', { name: /^(Choose…|选择…)$/ }).click();
      await page.getByTestId('export-destination').waitFor();
      await page.getByRole('button', { name: /^(Export|导出)$/ }).click();
      await page.getByRole('button', { name: /^(Export the image alone|只导出镜像)$/ }).click();
      await page.getByRole('button', { name: /^(Replace|替换)/ }).waitFor();
    },
  },
  'export-wrong': {
    scene: 'full',
    act: async (page) => {
      await select('acme/web:1.2')(page);
      await page.getByRole('button', { name: /^(Export…|导出…)$/ }).click();
      await page.getByRole('dialog').getByRole('button', { expanded: false }).click();
      await page.getByRole('option').last().click();
      await page.getByRole('dialog').getByRole('textbox').fill('acme/Wrong:wrong');
      await page.getByRole('alert').waitFor();
    },
  },
  exporting: { scene: 'exporting', act: select('acme/web:1.2') },
  'exporting-all': {
    scene: 'exporting',
    act: async (page) => {
      await open(/Transfers|传输/)(page);
      const folded = page.locator('[data-testid=job] [aria-expanded=false]');
      while ((await folded.count()) > 0) await folded.first().click();
    },
  },
  group: { scene: 'group', act: open(/Transfers|传输/) },
  'group-dock': { scene: 'group', act: select('acme/web:1.2') },
  'group-done': {
    scene: 'group-done',
    act: async (page) => {
      await open(/Transfers|传输/)(page);
      await page.getByRole('button', { name: /^(Receipt|回执)$/ }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  history: { scene: 'full', act: open(/History|历史/) },
  'history-details': {
    scene: 'full',
    act: async (page) => {
      await open(/History|历史/)(page);
      await page.locator('[data-row-button]').nth(1).click();
      await page.locator('[data-row-button]').nth(3).click();
    },
  },
  'history-empty': { scene: 'empty', act: open(/History|历史/) },
  huge: { scene: 'huge', act: select('acme/web:1.2') },
};

const VARIANTS = [
  'wide-light-en',
  'wide-dark-zh-CN',
  'small-dark-en',
  'small-light-zh-CN',
  'narrow-light-en',
  'large-light-zh-CN',
];

const SIZES = {
  large: { width: 1920, height: 1080 },
  wide: { width: 1280, height: 800 },
  small: { width: 900, height: 600 },
  narrow: { width: 700, height: 600 },
  /** What 1280 × 800 and 900 × 600 are at 200 %. */
  doubled: { width: 640, height: 400 },
  tiny: { width: 450, height: 300 },
};

const site = join(outDir, 'site');
await mkdir(site, { recursive: true });
await build({
  root: here,
  base: './',
  configFile: false,
  logLevel: 'warn',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: site,
    emptyOutDir: true,
    target: 'chrome150',
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
  },
});

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  const file = join(site, normalize(path === '/' ? '/index.html' : path));
  readFile(file).then(
    (bytes) => {
      response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
      response.setHeader('Content-Security-Policy', CSP);
      response.end(bytes);
    },
    () => response.writeHead(path === '/favicon.ico' ? 204 : 404).end(),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
let findings = 0;

async function look(name: string, screen: Screen, size: keyof typeof SIZES, theme: string, language: string) {
  const context = await browser.newContext({ viewport: SIZES[size] });
  const page = await context.newPage();
  const problem = (text: string) => {
    findings++;
    console.log(`${name} ${size} ${theme} ${language}: ${text}`);
  };
  page.on('console', (message) => (message.type() === 'error' ? problem(message.text()) : undefined));
  page.on('pageerror', (error) => problem(error.message));
  await page.goto(`http://127.0.0.1:${port}/?scene=${screen.scene}&theme=${theme}&language=${language}`);
  await page.getByRole('navigation', { includeHidden: true }).waitFor();
  page.setDefaultTimeout(10_000);
  await screen.act?.(page).catch((error: unknown) => problem(String(error)));
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(outDir, `${name}-${size}-${theme}-${language}.png`) });
  if (!picturesOnly) await lookForViolations(context, page, problem);
  const clipped = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (clipped) problem('the page is wider than the window');
  await context.close();
}

async function lookForViolations(context: BrowserContext, page: Page, problem: (text: string) => void): Promise<void> {
  // Through the debugger: the page's CSP forbids to add a script.
  const session = await context.newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const result = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map((v) => v.id + ': ' + v.help + ' @ ' + v.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')).slice(0, 4).join(' | '))))`,
    awaitPromise: true,
  });
  for (const violation of JSON.parse(String(result.result.value)) as string[]) problem(`axe ${violation}`);
}

function isSize(name: string): name is keyof typeof SIZES {
  return name in SIZES;
}

const names = words.filter((word) => word in SCREENS);
const chosen = words.filter((word) => !(word in SCREENS));
const variants = chosen.length > 0 ? chosen : VARIANTS;
for (const [name, screen] of Object.entries(SCREENS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  for (const variant of variants) {
    const [, size = '', theme = '', language = ''] = /^(\w+)-(\w+)-(.+)$/.exec(variant) ?? [];
    if (isSize(size)) await look(name, screen, size, theme, language);
  }
}
await browser.close();
server.close();
console.log(`${findings} findings`);
