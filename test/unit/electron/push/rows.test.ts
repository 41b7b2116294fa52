import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../../electron/push/rate-meter.ts';
import { JobRows } from '../../../../electron/push/rows.ts';
import { parseDigest } from '../../../../shared/digest.ts';

const A = parseDigest(`sha256:${'a'.repeat(64)}`);
const B = parseDigest(`sha256:${'b'.repeat(64)}`);

function twoRows(): JobRows {
  const rows = new JobRows();
  rows.add({ digest: A, kind: 'layer', mediaType: 'x', size: 100 });
  rows.add({ digest: B, kind: 'layer', mediaType: 'x', size: 50 });
  return rows;
}

describe('JobRows', () => {
  it('tells only the rows that changed since they were last taken', () => {
    const rows = twoRows();
    expect(rows.takeChanged()).toHaveLength(2);
    rows.count(A, 10);
    expect(rows.takeChanged()).toMatchObject([{ digest: A, sent: 10 }]);
    expect(rows.takeChanged()).toEqual([]);
  });

  it('counts bytes that are already there as saved and never as sent', () => {
    const rows = twoRows();
    rows.toState(A, 'exists');
    rows.toState(B, 'uploading');
    rows.count(B, 20);
    expect(rows.sums()).toEqual({ total: 150, sent: 20, saved: 100 });
  });

  it('goes on with the row of a manifest that is converted, and back when it is sent as it is', () => {
    const rows = new JobRows();
    const C = parseDigest(`sha256:${'c'.repeat(64)}`);
    rows.add({ digest: A, kind: 'manifest', mediaType: 'x', size: 100 });
    rows.converted(A, { digest: C, size: 120, mediaType: 'y' });
    rows.toState(C, 'pushed');
    expect(rows.all()).toEqual([
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
    rows.restored({ digest: A, size: 100, mediaType: 'x' });
    expect(rows.all()).toEqual([{ digest: A, kind: 'manifest', mediaType: 'x', size: 100, state: 'waiting', sent: 0 }]);
  });

  it('counts what is read to be compressed apart from what is sent, and finds the row by both digests afterwards', () => {
    const rows = twoRows();
    const C = parseDigest(`sha256:${'c'.repeat(64)}`);
    rows.compressing(A, 100);
    rows.read(A, 60);
    expect(rows.all()[0]).toMatchObject({ digest: A, state: 'compressing', sent: 60, size: 100 });
    expect(rows.sums()).toEqual({ total: 150, sent: 0, saved: 0 });
    rows.compressed(A, { digest: C, size: 30, mediaType: 'y' });
    expect(rows.all()[0]).toEqual({
      digest: A,
      sentAs: C,
      kind: 'layer',
      mediaType: 'y',
      size: 30,
      state: 'waiting',
      sent: 0,
    });
    rows.toState(C, 'uploading');
    rows.count(C, 20);
    expect(rows.sums()).toEqual({ total: 80, sent: 20, saved: 0 });
    expect(rows.takeChanged().map(({ digest }) => digest)).toEqual([A, B]);
  });

  it('takes back what was read when compressing is stopped', () => {
    const rows = twoRows();
    rows.compressing(A, 100);
    rows.read(A, 60);
    rows.toState(A, 'waiting');
    expect(rows.all()[0]).toMatchObject({ state: 'waiting', sent: 0 });
  });

  it('never counts a blob beyond its size, but all that went over the network', () => {
    const rows = twoRows();
    rows.count(B, 50);
    rows.restartAt(B, 0);
    rows.count(B, 60);
    expect(rows.sums().sent).toBe(50);
    expect(rows.networkBytes).toBe(110);
  });

  it('forgets the reason of a retry when the upload goes on', () => {
    const rows = twoRows();
    rows.toState(A, 'retrying', { attempt: 2, reason: 'reset' });
    rows.toState(A, 'uploading');
    expect(rows.all()[0]).not.toHaveProperty('reason');
  });

  it('keeps what is settled when a stopped job goes on', () => {
    const rows = twoRows();
    rows.toState(A, 'pushed');
    rows.toState(B, 'uploading');
    rows.rewind();
    expect(rows.all().map(({ state }) => state)).toEqual(['pushed', 'waiting']);
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
