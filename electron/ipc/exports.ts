import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import { writtenPath } from '../destinations/destination-path.ts';
import type { ImageDestination } from '../destinations/types.ts';
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
      wholeDestination(services, text);
      return undefined;
    },
    'exports.start': async ({ imageId, destination, options, replace = false }) => {
      const whole = wholeDestination(services, destination);
      if (!replace) await refuseToReplace(whole);
      return push.start({ images: [requestedImage(catalog, imageId)], destination: whole, options });
    },
    'exports.show': (jobId) => {
      // The path comes from the job, not from the page: the page can show only what it has exported.
      const path = push.list().find(({ job }) => job.id === jobId)?.job.destination?.path;
      if (path === undefined) throw new PushboatError('INTERNAL', 'This transfer has written no file or folder.');
      desktop.showInFolder(path);
      return undefined;
    },
  };
}

/** A window has no folder that a path could begin at. @throws PushboatError USAGE, and what the destination's own reading throws. */
function wholeDestination(services: Services, text: string): ImageDestination {
  const destination = services.destination(text);
  const path = writtenPath(destination);
  if (path === undefined || isAbsolute(path)) return destination;
  throw new PushboatError('USAGE', `The path ${path} does not say where it begins: give it whole.`, { path });
}

/** @throws PushboatError DESTINATION_EXISTS with the hint to confirm, before anything of a person's is overwritten unasked. */
async function refuseToReplace(destination: ImageDestination): Promise<void> {
  const path = await destination.replaces?.();
  if (path === undefined) return;
  throw new PushboatError('DESTINATION_EXISTS', `${path} exists already and would be replaced.`, {
    path,
    hint: 'confirm-replace',
  });
}

/** An empty folder or a layout is what the person means; in any other, which may be full of things, a new folder is made. */
async function folderFor(folder: string, name: string): Promise<string> {
  const entries = await readdir(folder).catch((): string[] => []);
  return entries.length === 0 || entries.includes('oci-layout') ? folder : join(folder, name);
}
