import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ImageBatches } from '../../../../electron/ipc/events.ts';
import { imagesHandlers } from '../../../../electron/ipc/images.ts';
import type { ImageSummary } from '../../../../shared/images.ts';
import type { EventPayloads } from '../../../../shared/ipc.ts';

const image = (id: string, name = id): ImageSummary => ({
  id,
  sourceId: 's',
  name,
  references: [],
  kind: 'image',
  platforms: [],
});

let sent: EventPayloads['images'][];
let batches: ImageBatches;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  batches = new ImageBatches((payload) => sent.push(payload));
});
afterEach(() => {
  batches.close();
  vi.useRealTimers();
});

describe('changes of the image list', () => {
  it('are gathered by source and sent together soon after the first', () => {
    batches.add({ sourceId: 's', reset: true, upserted: [image('a')], removed: [] });
    batches.add({ sourceId: 's', upserted: [image('b'), image('a', 'newer')], removed: [] });
    batches.add({ sourceId: 't', upserted: [], removed: ['z'] });
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([
      { sourceId: 's', reset: true, upserted: [image('a', 'newer'), image('b')], removed: [] },
      { sourceId: 't', upserted: [], removed: ['z'] },
    ]);
  });

  it('are split, so that no message is large', () => {
    const many = Array.from({ length: 1200 }, (_, index) => image(String(index)));
    batches.add({ sourceId: 's', reset: true, upserted: many, removed: [] });
    vi.advanceTimersByTime(100);
    expect(sent.map(({ reset, upserted }) => [reset, upserted.length])).toEqual([
      [true, 500],
      [undefined, 500],
      [undefined, 200],
    ]);
  });

  it('end up as they were made last: removed after added, added after removed, and from the start after a reset', () => {
    batches.add({ sourceId: 's', upserted: [image('a')], removed: ['b'] });
    batches.add({ sourceId: 's', upserted: [image('b')], removed: ['a'] });
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([{ sourceId: 's', upserted: [image('b')], removed: ['a'] }]);
    sent.length = 0;
    batches.add({ sourceId: 's', upserted: [image('c')], removed: ['d'] });
    batches.add({ sourceId: 's', reset: true, upserted: [image('e')], removed: [] });
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([{ sourceId: 's', reset: true, upserted: [image('e')], removed: [] }]);
  });

  it('are dropped when the window is closed', () => {
    batches.add({ sourceId: 's', upserted: [image('a')], removed: [] });
    batches.close();
    vi.advanceTimersByTime(100);
    expect(sent).toEqual([]);
  });
});

it('the list begins with what is seen first, and the rest follows in messages of its own', () => {
  const all = Array.from({ length: 1200 }, (_, index) => image(String(index)));
  const handlers = imagesHandlers(
    { catalog: { images: () => all } } as never,
    { sendImages: (rows: ImageSummary[]) => batches.addRows(rows) } as never,
  );
  const first = handlers['images.list'](undefined) as ImageSummary[];
  expect([first.length, sent.length]).toEqual([500, 0]);
  vi.advanceTimersByTime(100);
  expect(sent.map(({ upserted }) => upserted.length)).toEqual([500, 200]);
  expect([...first, ...sent.flatMap(({ upserted }) => upserted)]).toEqual(all);
});
