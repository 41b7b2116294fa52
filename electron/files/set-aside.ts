import { rename } from 'node:fs/promises';

/** The name that a damaged file gets, so that nothing is lost. */
export function asideName(path: string): string {
  return `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
}

/** Renames a damaged file. Returns the new path; fails with the system's error. */
export async function setAside(path: string): Promise<string> {
  const aside = asideName(path);
  await rename(path, aside);
  return aside;
}
