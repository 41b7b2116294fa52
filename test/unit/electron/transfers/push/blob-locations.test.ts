import { describe, expect, it } from 'vitest';
import { Journal } from '../../../../../electron/transfers/journal/journal.ts';
import { BlobLocations } from '../../../../../electron/transfers/push/blob-locations.ts';
import { parseDigest } from '../../../../../shared/digest.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const never = new AbortController().signal;

describe('mount candidates', () => {
  it('are other repositories of the same registry, the closest path first', () => {
    const locations = new BlobLocations(new Journal(undefined));
    for (const repository of ['other/base', 'acme/tools/cli', 'acme/web']) locations.add('r.io', DIGEST, repository);
    locations.add('else.io', DIGEST, 'acme/tools/elsewhere');
    expect(locations.mountCandidates('r.io', DIGEST, 'acme/tools/web')).toEqual([
      'acme/tools/cli',
      'acme/web',
      'other/base',
    ]);
    expect(locations.mountCandidates('r.io', DIGEST, 'acme/web')).not.toContain('acme/web');
  });

  it('forget a repository that turned out not to have the blob', () => {
    const locations = new BlobLocations(new Journal(undefined));
    locations.add('r.io', DIGEST, 'acme/web');
    locations.remove('r.io', DIGEST, 'acme/web');
    expect(locations.mountCandidates('r.io', DIGEST, 'acme/cli')).toEqual([]);
  });
});

describe('holding a blob', () => {
  it('lets one sender at a time through, in order', async () => {
    const locations = new BlobLocations(new Journal(undefined));
    const order: string[] = [];
    const first = await locations.hold('r.io', DIGEST, never);
    const second = locations.hold('r.io', DIGEST, never).then((held) => {
      order.push('second');
      held[Symbol.dispose]();
    });
    const third = locations.hold('r.io', DIGEST, never).then((held) => {
      order.push('third');
      held[Symbol.dispose]();
    });
    await Promise.resolve();
    order.push('first');
    first[Symbol.dispose]();
    await Promise.all([second, third]);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('can be given up while waiting, without blocking those behind', async () => {
    const locations = new BlobLocations(new Journal(undefined));
    const first = await locations.hold('r.io', DIGEST, never);
    const abort = new AbortController();
    const second = locations.hold('r.io', DIGEST, abort.signal);
    const third = locations.hold('r.io', DIGEST, never);
    abort.abort(new Error('stop'));
    await expect(second).rejects.toThrow('stop');
    first[Symbol.dispose]();
    (await third)[Symbol.dispose]();
  });
});
