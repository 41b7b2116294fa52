import { describe, expect, it, vi } from 'vitest';
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
  it('asks for nothing that Node.js 22 does not have', async () => {
    vi.stubGlobal('DisposableStack', undefined);
    try {
      const locations = new BlobLocations(new Journal(undefined));
      using held = await locations.hold('r.io', DIGEST, 'acme/web', 0, never);
      expect(held).toBeDefined();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('lets one sender at a time through, in order', async () => {
    const locations = new BlobLocations(new Journal(undefined));
    const order: string[] = [];
    const first = await locations.hold('r.io', DIGEST, 'acme/web', 0, never);
    const second = locations.hold('r.io', DIGEST, 'acme/web', 0, never).then((held) => {
      order.push('second');
      held[Symbol.dispose]();
    });
    const third = locations.hold('r.io', DIGEST, 'acme/web', 0, never).then((held) => {
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
    const first = await locations.hold('r.io', DIGEST, 'acme/web', 0, never);
    const abort = new AbortController();
    const second = locations.hold('r.io', DIGEST, 'acme/web', 0, abort.signal);
    const third = locations.hold('r.io', DIGEST, 'acme/web', 0, never);
    abort.abort(new Error('stop'));
    await expect(second).rejects.toThrow('stop');
    first[Symbol.dispose]();
    (await third)[Symbol.dispose]();
  });

  it('lets all repositories through at once when one of them has the blob, and one at a time to each', async () => {
    const locations = new BlobLocations(new Journal(undefined));
    const order: string[] = [];
    const hold = async (repository: string, since = 0) => {
      const held = await locations.hold('r.io', DIGEST, repository, since, never);
      order.push(repository);
      return held;
    };
    const first = await hold('acme/web');
    const others = [hold('acme/api'), hold('acme/cli')];
    const again = hold('acme/cli');
    locations.add('r.io', DIGEST, 'acme/web');
    first[Symbol.dispose]();
    const [, cli] = await Promise.all(others);
    expect(order).toEqual(['acme/web', 'acme/api', 'acme/cli']);
    cli?.[Symbol.dispose]();
    await again;
    expect(order).toHaveLength(4);
  });

  it('does not count what was there before', async () => {
    const locations = new BlobLocations(new Journal(undefined));
    locations.add('r.io', DIGEST, 'acme/web');
    const since = performance.now() + 1;
    const first = await locations.hold('r.io', DIGEST, 'acme/web', since, never);
    const abort = new AbortController();
    const second = locations.hold('r.io', DIGEST, 'acme/api', since, abort.signal);
    abort.abort(new Error('still waiting'));
    await expect(second).rejects.toThrow('still waiting');
    first[Symbol.dispose]();
  });
});
