import { rename } from 'node:fs/promises';

/** Renames a damaged file to `<path>.damaged-<time>`, so that nothing is lost. Returns the new path; fails with the system's error. */
export async function setAside(path: string): Promise<string> {
  const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  await rename(path, aside);
  return aside;
}
