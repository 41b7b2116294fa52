import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { absolutePath, writtenPath } from '../../../../electron/destinations/destination-path.ts';

test.each([
  ['oci', 'oci:/srv/layout:acme/web:1.2', '/srv/layout'],
  ['oci', 'oci:/srv/layout', '/srv/layout'],
  ['oci-archive', 'oci-archive:web.tar:1', 'web.tar'],
  ['docker-archive', 'docker-archive:/a.tar:localhost:5000/web:1', '/a.tar'],
  ['oci', 'oci:C:\\images\\web:1', 'C:\\images\\web'],
  ['dir', 'dir:/srv/with:colon', '/srv/with:colon'],
  ['docker-daemon', 'docker-daemon:web:1', undefined],
  ['containers-storage', 'containers-storage:web:1', undefined],
] as const)('%s writes what %s names', (transport, text, path) => {
  expect(writtenPath({ transport, text })).toBe(path);
});

test('a relative path begins at the folder of the process', () => {
  expect(absolutePath({ transport: 'dir', text: 'dir:out' })).toBe(resolve('out'));
});
