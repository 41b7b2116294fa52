import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setLook, tour } from './tour.ts';

/*
 * Takes a picture of every screen in both languages, both themes and two sizes.
 * Usage: node test/e2e/take-screenshots.ts FOLDER [--only SCREEN]
 */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } });
const [folder] = positionals;
if (folder === undefined) throw new Error('Say into which folder.');
await mkdir(folder, { recursive: true });

const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];

await tour(async ({ page }, screen) => {
  if (values.only !== undefined && values.only !== screen) return;
  for (const { width, height } of SIZES) {
    await page.setViewportSize({ width, height });
    for (const language of ['en', 'zh-CN'] as const) {
      for (const theme of ['light', 'dark'] as const) {
        await setLook(page, language, theme);
        await page.screenshot({ path: join(folder, `${screen}-${language}-${theme}-${width}.png`) });
      }
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  console.log(screen);
});
