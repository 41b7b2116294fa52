import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import type { Services } from '../services.ts';
import { requestedImage } from './requested-image.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function exportsHandlers(services: Services, desktop: DesktopActions): HandlersOf<'exports'> {
  const { push, catalog } = services;
  return {
    'exports.choosePlace': async ({ kind, name }) => {
      if (kind === 'archive') return desktop.chooseNewArchive(name);
      const folder = await desktop.chooseTargetFolder();
      return folder === null ? null : folderFor(folder, name);
    },
    'exports.check': (text) => {
      services.destination(text);
      return undefined;
    },
    'exports.start': ({ imageId, destination, options }) =>
      push.start({
        images: [requestedImage(catalog, imageId)],
        destination: services.destination(destination),
        options,
      }),
    'exports.show': (jobId) => {
      // The path comes from the job, not from the page: the page can show only what it has exported.
      const path = push.list().find(({ job }) => job.id === jobId)?.job.destination?.path;
      if (path === undefined) throw new PushboatError('INTERNAL', 'This transfer has written no file or folder.');
      desktop.showInFolder(path);
      return undefined;
    },
  };
}

/** An empty folder or a layout is what the person means; in any other, which may be full of things, a new folder is made. */
async function folderFor(folder: string, name: string): Promise<string> {
  const entries = await readdir(folder).catch((): string[] => []);
  return entries.length === 0 || entries.includes('oci-layout') ? folder : join(folder, name);
}
