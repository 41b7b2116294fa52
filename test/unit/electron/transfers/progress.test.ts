import { describe, expect, it } from 'vitest';
import { JobProgress } from '../../../../electron/transfers/progress.ts';
import { RateMeter } from '../../../../electron/transfers/rate-meter.ts';
import { parseDigest } from '../../../../shared/digest.ts';

const A = parseDigest(`sha256:${'a'.repeat(64)}`);
const B = parseDigest(`sha256:${'b'.repeat(64)}`);

function twoRows(): JobProgress {
  const progress = new JobProgress();
  progress.add({ digest: A, kind: 'layer', mediaType: 'x', size: 100 });
  progress.add({ digest: B, kind: 'layer', mediaType: 'x', size: 50 });
  return progress;
}

describe('JobProgress', () => {
  it('tells only the rows that changed since they were last taken', () => {
    const progress = twoRows();
    expect(progress.takeChanged()).toHaveLength(2);
    progress.count(A, 10);
    expect(progress.takeChanged()).toMatchObject([{ digest: A, sent: 10 }]);
    expect(progress.takeChanged()).toEqual([]);
  });

  it('counts bytes that are already there as saved and never as sent', () => {
    const progress = twoRows();
    progress.toState(A, 'exists');
    progress.toState(B, 'uploading');
    progress.count(B, 20);
    expect(progress.sums()).toEqual({ total: 150, sent: 20, saved: 100 });
  });

  it('continues with the row of a manifest that is converted, and back when it is sent as it is', () => {
    const progress = new JobProgress();
    const C = parseDigest(`sha256:${'c'.repeat(64)}`);
    progress.add({ digest: A, kind: 'manifest', mediaType: 'x', size: 100 });
    progress.converted(A, { digest: C, size: 120, mediaType: 'y' });
    progress.toState(C, 'pushed');
    expect(progress.all()).toEqual([
      {
        digest: A,
        kind: 'manifest',
        mediaType: 'y',
        size: 120,
        state: 'pushed',
        sent: 120,
        sentAs: C,
        convertedFrom: 'x',
      },
    ]);
    progress.restored({ digest: A, size: 100, mediaType: 'x' });
    expect(progress.all()).toEqual([
      { digest: A, kind: 'manifest', mediaType: 'x', size: 100, state: 'waiting', sent: 0 },
    ]);
  });

  it('counts what is read to be compressed apart from what is sent, and finds the row by both digests afterwards', () => {
    const progress = twoRows();
    const C = parseDigest(`sha256:${'c'.repeat(64)}`);
    progress.compressing(A, 100);
    progress.read(A, 60);
    expect(progress.all()[0]).toMatchObject({ digest: A, state: 'compressing', sent: 60, size: 100 });
    expect(progress.sums()).toEqual({ total: 150, sent: 0, saved: 0 });
    progress.compressed(A, { digest: C, size: 30, mediaType: 'y' });
    expect(progress.all()[0]).toEqual({
      digest: A,
      sentAs: C,
      kind: 'layer',
      mediaType: 'y',
      size: 30,
      state: 'waiting',
      sent: 0,
    });
    progress.toState(C, 'uploading');
    progress.count(C, 20);
    expect(progress.sums()).toEqual({ total: 80, sent: 20, saved: 0 });
    expect(progress.takeChanged().map(({ digest }) => digest)).toEqual([A, B]);
  });

  it('takes back what was read when compressing is stopped', () => {
    const progress = twoRows();
    progress.compressing(A, 100);
    progress.read(A, 60);
    progress.toState(A, 'waiting');
    expect(progress.all()[0]).toMatchObject({ state: 'waiting', sent: 0 });
  });

  it('never counts a blob beyond its size, but all that went over the network', () => {
    const progress = twoRows();
    progress.count(B, 50);
    progress.restartAt(B, 0);
    progress.count(B, 60);
    expect(progress.sums().sent).toBe(50);
    expect(progress.networkBytes).toBe(110);
  });

  it('forgets the reason of a retry when the upload continues', () => {
    const progress = twoRows();
    progress.toState(A, 'retrying', { attempt: 2, reason: 'reset' });
    progress.toState(A, 'uploading');
    expect(progress.all()[0]).not.toHaveProperty('reason');
  });

  it('keeps what is settled when a stopped job continues', () => {
    const progress = twoRows();
    progress.toState(A, 'pushed');
    progress.toState(B, 'uploading');
    progress.rewind();
    expect(progress.all().map(({ state }) => state)).toEqual(['pushed', 'waiting']);
  });
});

describe('RateMeter', () => {
  it('averages over the time since the start, at most five seconds', () => {
    let now = 0;
    const meter = new RateMeter(() => now);
    for (; now < 10_000; now += 100) meter.add(now < 5000 ? 1_000_000 : 100);
    expect(meter.rate()).toBeGreaterThan(900);
    expect(meter.rate()).toBeLessThan(1200);
  });

  it('falls to zero when nothing moves', () => {
    let now = 0;
    const meter = new RateMeter(() => now);
    meter.add(1000);
    now = 6000;
    expect(meter.rate()).toBe(0);
  });
});
