import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The window's parts, found as a person finds them: by role and name. */
export const targetField = (page: Page): Locator => page.getByRole('combobox', { name: 'Push to' });
export const pushButton = (page: Page): Locator => page.getByRole('button', { name: 'Push', exact: true });
export const imageRow = (page: Page, name: string | RegExp): Locator => page.getByRole('row', { name });
export const layerRows = (page: Page): Locator => page.getByTestId('layer-row');
export const loginDialog = (page: Page): Locator => page.getByRole('dialog', { name: /^Sign in to / });

/** Waits until the one job is in this state. */
export async function waitForJob(page: Page, state: string): Promise<void> {
  await page.locator(`[data-testid="job"][data-state="${state}"]`).first().waitFor();
}

export async function signIn(page: Page, username: string, password: string): Promise<void> {
  const dialog = loginDialog(page);
  await dialog.getByLabel('User name').fill(username);
  await dialog.getByLabel('Password or token').fill(password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
}

/** Every layer's bar is full and its row says so. Returns the digests. */
export async function expectFullBars(page: Page): Promise<string[]> {
  const rows = await layerRows(page).all();
  expect(rows.length).toBeGreaterThan(0);
  return Promise.all(
    rows.map(async (row) => {
      expect(await row.getAttribute('data-state')).toMatch(/^(?:pushed|exists|mounted|written)$/);
      expect(await row.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
      return (await row.getAttribute('data-digest')) ?? '';
    }),
  );
}
