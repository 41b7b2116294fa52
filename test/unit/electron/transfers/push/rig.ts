import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { LocalImage } from '../../../../../electron/image/types.ts';
import type { JobSnapshot, LayerProgress } from '../../../../../shared/transfer-events.ts';
import type { TransferOptions } from '../../../../../shared/transfer-options.ts';
import { makeTempDir, type TempDir } from '../../../../fixtures/temp-dir.ts';
import type { ArmedFault } from '../../../../registry/faults.ts';
import type { RequestRecord } from '../../../../registry/request-log.ts';
import { startRegistry, type TestRegistry } from '../../../../registry/server.ts';
import { makePusher, type Pusher, requestFor } from '../harness.ts';

interface PushSettings {
  /** Absent: one of its own, which knows of no earlier push. */
  pusher?: Pusher | undefined;
  options?: TransferOptions;
  /** One of the image's references, where the layout has several images. */
  name?: string;
  openImage?: () => Promise<LocalImage>;
}

/** A folder and an empty registry in memory, both new for each test of the file. */
export interface PushRig {
  readonly registry: TestRegistry;
  readonly folder: string;
  /** A path in the folder. */
  path(...names: string[]): string;
  /** A target at the registry, such as `acme/web:1`. */
  target(name: string): string;
  requests(method: string, path: RegExp): RequestRecord[];
  /** Requests that sent a blob, or the end of one. */
  blobPuts(): RequestRecord[];
  /** Such requests get this answer from now on. */
  answers(
    method: string,
    path: RegExp,
    status: number,
    error?: { code: string; message: string; detail?: unknown },
  ): ArmedFault;
  /** Pushes a layout's image and waits until its job is settled. */
  push(layout: string, name: string, settings?: PushSettings): Promise<JobSnapshot & { history: LayerProgress[] }>;
}

export function makePushRig(): PushRig {
  let folder: TempDir;
  let registry: TestRegistry;
  beforeEach(async () => {
    folder = await makeTempDir();
    registry = await startRegistry({ storage: 'memory' });
  });
  afterEach(async () => {
    await registry.close();
    await folder[Symbol.asyncDispose]();
  });
  const target = (name: string) => `${registry.host}/${name}`;
  return {
    get registry() {
      return registry;
    },
    get folder() {
      return folder.path;
    },
    path: (...names) => join(folder.path, ...names),
    target,
    requests: (method, path) =>
      registry.requests.filter((request) => request.method === method && path.test(request.path)),
    blobPuts: () => registry.requests.filter(({ method, path }) => method === 'PUT' && /\/blobs\/uploads\//.test(path)),
    answers: (method, path, status, error) =>
      registry.faults.add({
        on: { method, path },
        times: Number.POSITIVE_INFINITY,
        action: { kind: 'answer', status, ...(error ? { body: { errors: [error] } } : {}) },
      }),
    async push(layout, name, { pusher, openImage, ...settings } = {}) {
      await using own = pusher ? undefined : makePusher();
      const used = pusher ?? own;
      if (!used) throw new Error('no pusher');
      const request = await requestFor(layout, target(name), settings);
      const settled = await used.service.settled(used.service.start(openImage ? { ...request, openImage } : request));
      return { ...settled, history: used.history };
    },
  };
}
