import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TransferHistory } from '../../../../electron/transfers/history.ts';
import { Journal } from '../../../../electron/transfers/journal/journal.ts';
import { createTransferService } from '../../../../electron/transfers/queue.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import { makeLayout } from '../../../fixtures/layouts.ts';
import { makeTempDir } from '../../../fixtures/temp-dir.ts';
import { requestFor } from './harness.ts';

it('pushes to a registry that is blocked fail each by itself, and are in the history', async () => {
  await using folder = await makeTempDir('without-client');
  const { path } = await makeLayout(join(folder.path, 'image'));
  using journal = new Journal(folder.path);
  const history = new TransferHistory(journal, () => ({ days: 90, entries: 100 }));
  const service = createTransferService({
    clientFor: (registry) => {
      throw new PushboatError('REGISTRY_BLOCKED', `${registry} is blocked.`);
    },
    maxJobs: () => 1,
    temporaryDir: tmpdir(),
    journal,
    history,
  });
  try {
    const requests = [await requestFor(path, 'r.example/a:1'), await requestFor(path, 'r.example/b:1')];
    const ids = requests.map((request) => service.start(request));
    const ended = await Promise.all(ids.map((id) => service.settled(id)));
    const failed = { state: 'failed', error: { code: 'REGISTRY_BLOCKED' } };
    expect(ended).toMatchObject([{ job: failed }, { job: failed }]);
    expect(history.list()).toMatchObject([failed, failed]);
  } finally {
    await service.close();
  }
});
