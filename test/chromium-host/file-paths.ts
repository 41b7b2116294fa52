import { dirname, join, sep } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { PAGE_SIDE } from './page-script.ts';

/** The path of a `File` that the page holds: the browser knows it and tells it only to the debugger. */
export async function pathOfFile(page: Page, id: number): Promise<string> {
  return evaluatePath(page, `window[${JSON.stringify(PAGE_SIDE)}].file(${id})`);
}

/** The system's file dialog through the page's file input. */
export async function chooseFile(page: Page): Promise<string[]> {
  const isChosen = await page.evaluate(
    () =>
      new Promise<boolean>((resolve) => {
        const input = Object.assign(document.createElement('input'), { type: 'file' });
        input.addEventListener('cancel', () => resolve(false));
        input.addEventListener('change', () => {
          Object.assign(window, { __hostChosen: input.files?.[0] });
          resolve(true);
        });
        input.click();
      }),
  );
  const file = isChosen ? await evaluatePath(page, 'window.__hostChosen') : '';
  return file === '' ? [] : [file];
}

/**
 * The system's folder dialog through the page's file input. Its files lead back to the folder, so an empty folder
 * counts as none.
 */
export async function chooseFolder(page: Page): Promise<string[]> {
  const relative = await page.evaluate(
    () =>
      new Promise<string | undefined>((resolve) => {
        const input = Object.assign(document.createElement('input'), { type: 'file', webkitdirectory: true });
        input.addEventListener('cancel', () => resolve(undefined));
        input.addEventListener('change', () => {
          Object.assign(window, { __hostChosen: input.files?.[0] });
          resolve(input.files?.[0]?.webkitRelativePath);
        });
        input.click();
      }),
  );
  if (relative === undefined) return [];
  const file = await evaluatePath(page, 'window.__hostChosen');
  const levels = relative.split('/').length - 1;
  const parents = Array.from({ length: levels }, () => '..');
  return file === '' ? [] : [dirname(join(file, ...parents, 'x')) + (sep === '/' ? '' : '')];
}

async function evaluatePath(page: Page, expression: string): Promise<string> {
  const session: CDPSession = await page.context().newCDPSession(page);
  try {
    const { result } = await session.send('Runtime.evaluate', { expression });
    if (result.objectId === undefined) return '';
    const { path } = await session.send('DOM.getFileInfo', { objectId: result.objectId });
    return path;
  } finally {
    await session.detach();
  }
}
