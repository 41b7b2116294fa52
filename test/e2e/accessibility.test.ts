import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { setLook, tour } from './tour.ts';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds on the screen as it is, one line for each element. @param rules absent: all */
async function findings(page: Page, rules?: readonly string[]): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in window);
  // Through the debugger, because the page's own CSP lets no foreign script in.
  if (!isThere) await page.evaluate(await readFile(axeFile, 'utf8'));
  const { violations, passes } = await page.evaluate(
    (options) => {
      const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
      return axe.run(options);
      // Nothing to fetch: every style sheet is the page's own, and the CSP allows no connection.
    },
    { preload: false, resultTypes: ['violations'], ...(rules ? { runOnly: [...rules] } : {}) } satisfies RunOptions,
  );
  // A run that looked at nothing finds nothing.
  expect(passes.length).toBeGreaterThan(rules === undefined ? 10 : 0);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

/** A theme changes colours and nothing else, and a language none of them. */
const LOOKS = [
  ['en', 'light', undefined],
  ['en', 'dark', ['color-contrast']],
  ['zh-CN', 'light', undefined],
] as const;

it('axe finds nothing on any screen, in both languages and both themes', { timeout: 300_000 }, async () => {
  const found: Record<string, string[]> = {};
  const screens: string[] = [];
  await tour(async ({ page }, screen) => {
    screens.push(screen);
    for (const [language, theme, rules] of LOOKS) {
      await setLook(page, language, theme);
      const problems = await findings(page, rules);
      if (problems.length > 0) found[`${screen} ${language} ${theme}`] = problems;
    }
  });
  expect(found).toEqual({});
  expect(screens).toHaveLength(17);
});
