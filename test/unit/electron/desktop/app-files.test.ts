import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppFileHandler } from '../../../../electron/desktop/app-files.ts';

let folder: string;
let get: (url: string, method?: string) => Promise<Response>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-files-'));
  const root = join(folder, 'page');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html>');
  await writeFile(join(root, 'assets/index.js'), 'export {};');
  await writeFile(join(root, 'assets/data.bin'), 'x');
  await writeFile(join(folder, 'secret.json'), '{}');
  await symlink(join(folder, 'secret.json'), join(root, 'link.json'));
  const handler = createAppFileHandler(root);
  get = (url, method = 'GET') => handler({ url, method });
});

afterAll(() => rm(folder, { recursive: true }));

describe('the page’s files', () => {
  it('are served with their type, a CSP without inline script and no sniffing', async () => {
    const response = await get('pushboat://app/index.html');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await response.text()).toBe('<!doctype html>');
  });

  it('are found in subfolders and for the bare origin', async () => {
    expect((await get('pushboat://app/assets/index.js')).headers.get('content-type')).toBe(
      'text/javascript; charset=utf-8',
    );
    expect((await get('pushboat://app/')).status).toBe(200);
  });

  it.each([
    'pushboat://app/../secret.json',
    'pushboat://app/%2e%2e/secret.json',
    'pushboat://app/..%2fsecret.json',
    'pushboat://app/assets/..%5c..%5c..%5csecret.json',
    'pushboat://app/%00index.html',
    'pushboat://app/%E0%A4%A',
    'pushboat://app/link.json',
    'pushboat://app/assets',
    'pushboat://app/assets/data.bin',
    'pushboat://app/missing.html',
    'pushboat://other/index.html',
    'https://app/index.html',
  ])('are all that is served: %s is not found', async (url) => {
    expect((await get(url)).status).toBe(404);
  });

  it('are only read', async () => {
    expect((await get('pushboat://app/index.html', 'POST')).status).toBe(405);
  });
});
