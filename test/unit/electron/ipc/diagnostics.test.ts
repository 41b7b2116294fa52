import { expect, test } from 'vitest';
import { diagnosticsText } from '../../../../electron/ipc/diagnostics.ts';
import type { Services } from '../../../../electron/services.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings.ts';
import { GONE, job } from '../../renderer/samples.ts';

test('diagnostics say what runs where and what failed, and no secret', () => {
  const error = {
    code: 'REGISTRY_ERROR' as const,
    message: 'GET https://ana:secret-1@reg.example/v2/?token=secret-2 failed',
  };
  const services = {
    settings: { get: () => DEFAULT_SETTINGS },
    catalog: { sources: () => [GONE] },
    transfers: { list: () => [{ job: job({ id: 'a', state: 'failed', error }), layers: [] }] },
    problems: { list: () => [] },
  } as unknown as Services;
  const app = { version: '1.2.3', platform: 'linux', locale: 'en-GB', electron: '', dataFolder: '/data' } as const;
  const text = diagnosticsText(services, app, 'Authorization: Bearer secret-3-of-the-log\n');
  expect(text).toMatch(/^Pushboat 1\.2\.3\n/);
  expect(text).toContain('oci /mnt/usb/layouts, unreachable, 0 images: The folder /mnt/usb/layouts cannot be read.');
  expect(text).toContain('acme/web:1.2 -> ghcr.io/acme/web:1.2, failed: REGISTRY_ERROR GET https://reg.example');
  expect(text).toContain('Problems:\n  none');
  expect(text).not.toContain('secret');
});
