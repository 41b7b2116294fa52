/**
 * A member's name as a plain relative path: `./a//b/` is `a/b`, and `/a` is `a`, as tar programs take it. Undefined for one that leads out of
 * the folder.
 */
export function memberPath(name: string): string | undefined {
  if (name.includes('\0')) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}
