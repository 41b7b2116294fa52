import { PushboatError } from '../../shared/errors.ts';
import { isNewer, type Release, releaseSchema } from '../../shared/updates.ts';
import { DEFAULT_TIMEOUTS } from '../registry/http/limits.ts';
import { jsonOf } from '../registry/http/response.ts';
import type { NetworkRules } from '../registry/http/routes.ts';
import { SystemTrust } from '../registry/http/tls.ts';
import { HttpTransport } from '../registry/http/transport.ts';

export interface UpdateFeedOptions {
  feed: URL;
  /** The version that runs. */
  version: string;
  /** How the feed's host is reached. */
  network: NetworkRules;
}

/**
 * Asks the feed for the newest release. Nothing but the request is sent, and nothing is downloaded. Redirects are not followed.
 *
 * @returns undefined where none is newer than this one
 * @throws PushboatError the network and TLS codes, and UPDATE_FEED_INVALID for an answer that is no release
 */
export async function newerRelease({ feed, version, network }: UpdateFeedOptions): Promise<Release | undefined> {
  const transport = new HttpTransport({
    registry: feed.host,
    policy: {},
    tlsVerify: undefined,
    network,
    systemTrust: new SystemTrust(),
    early: undefined,
    timeouts: DEFAULT_TIMEOUTS,
    connections: 1,
  });
  try {
    const response = await transport.send({ method: 'GET', url: feed });
    if (response.status !== 200) throw invalid(feed, `status ${response.status}`);
    const release = parseRelease(jsonOf(response), feed);
    return isNewer(release.version, version) ? release : undefined;
  } finally {
    await transport.close();
  }
}

function parseRelease(answer: unknown, feed: URL): Release {
  const parsed = releaseSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw invalid(feed, parsed.error.issues[0]?.message ?? parsed.error.message);
}

function invalid(feed: URL, detail: string): PushboatError {
  return new PushboatError('UPDATE_FEED_INVALID', `${feed.host} does not say which version is the newest: ${detail}`, {
    registry: feed.host,
    detail,
  });
}
