/**
 * A version that engines of the last years speak: Docker 25 and newer, and Docker 29 none that is older
 * (https://docs.docker.com/reference/api/engine/version-history/).
 */
const USUAL = '1.44';

/**
 * True for an answer that may be about the path, not about what was asked for. Docker's own documents call paths without a version
 * deprecated (https://docs.docker.com/reference/api/engine/), and proxies in front of a socket may let pass only those with one.
 */
export function isRefusedPath(status: number, body: string): boolean {
  switch (status) {
    case 400:
      return /\bversion\b/i.test(body);
    case 404:
      return /page not found|is not supported/i.test(body);
    case 403:
    case 405:
      // A proxy's; an engine says in JSON what it does not allow.
      return !/^\s*\{/.test(body);
    default:
      return false;
  }
}

/** The versions to ask with, after an answer whose words may name one ("Minimum supported API version is 1.44"). */
export function versionsToTry(own: string | undefined, words: string): string[] {
  const named = /supported API version is (\d+\.\d+)/i.exec(words)?.[1];
  const versions = [own, named, USUAL].filter((version) => version !== undefined && /^\d{1,3}\.\d{1,4}$/.test(version));
  return [...new Set(versions)] as string[];
}
