import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Outlet } from '../../../../../electron/cli/outlet.ts';
import { createTerminalBars } from '../../../../../electron/cli/push/terminal-bars.ts';
import { textWidth } from '../../../../../electron/cli/text-width.ts';
import { digestOf } from '../../../../../electron/image/verify.ts';
import type { JobInfo, LayerProgress } from '../../../../../shared/transfer-events.ts';
import { makeIo } from '../terminal.ts';

const COLUMNS = 100;

const job: JobInfo = {
  id: '1',
  imageId: 'i',
  imageName: 'web',
  target: 'registry.example/web:1',
  state: 'running',
  bytesTotal: 2000,
  bytesSent: 1000,
  bytesSaved: 0,
  rate: 0,
  createdAt: 0,
};

const layer = (createdBy: string): LayerProgress => ({
  digest: digestOf(Buffer.from(createdBy)),
  kind: 'layer',
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  size: 1000,
  state: 'uploading',
  sent: 500,
  createdBy,
});

it('keeps each bar on one line of the terminal, whatever the width of the characters next to it', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: COLUMNS, rows: 30 });
  const bars = createTerminalBars({ ...makeIo().io, stdout: new Outlet(stream) });
  const layers = ['RUN make '.repeat(20), '运行构建镜像'.repeat(20), '🚀'.repeat(60)].map(layer);
  bars.update([
    { type: 'job', job },
    { type: 'layers', jobId: job.id, layers },
  ]);
  const drawn = (stream.read() as Buffer).toString('utf8').replace(/\u001b\[[?\d]*[a-zA-Z]/g, '');
  const widths = drawn.trimEnd().split('\n').slice(0, 3).map(textWidth);
  // Two columns may be left where the next character takes both of them.
  for (const width of widths) expect([COLUMNS - 3, COLUMNS - 2]).toContain(width);
});
