import { expect, test } from 'vitest';
import { pushHandlers } from '../../../../electron/ipc/push.ts';
import type { Services } from '../../../../electron/services.ts';
import type { PushRequest } from '../../../../electron/transfers/types.ts';
import type { SignOptions } from '../../../../shared/signing.ts';
import type { TransferOptions } from '../../../../shared/transfer-options.ts';
import { image } from '../../renderer/samples.ts';

/** Starts a push of the window to two registries; what was started, and what is remembered of it. */
async function push(options: TransferOptions) {
  const started: PushRequest[] = [];
  const remembered: { registries: string[]; sign: SignOptions }[] = [];
  const services = {
    catalog: { images: () => [image({ id: 'web' })] },
    transfers: { start: (request: PushRequest) => String(started.push(request)) },
    rememberSigning: async (registries: ReadonlySet<string>, sign: SignOptions) => {
      remembered.push({ registries: [...registries], sign });
    },
  } as unknown as Services;
  const targets = ['ghcr.io/acme/web:1', 'quay.io/acme/web:1', 'ghcr.io/acme/web:2'];
  await pushHandlers(services)['push.start']({ imageId: 'web', targets, options });
  return { started, remembered };
}

test('the keys that a push is signed with are remembered for its registries', async () => {
  const sign = { gpg: ['AB12'] };
  const { started, remembered } = await push({ sign });
  expect(started.map(({ options }) => options.sign)).toEqual([sign, sign, sign]);
  expect(remembered).toEqual([{ registries: ['ghcr.io', 'quay.io'], sign }]);
});

test('without any key nothing is signed, and nothing proposed the next time', async () => {
  const { started, remembered } = await push({ sign: { gpg: [] } });
  expect(started[0]?.options).toEqual({});
  expect(remembered).toHaveLength(1);
});

test('a push for which nobody chose leaves what is remembered as it is', async () => {
  expect((await push({})).remembered).toEqual([]);
});
