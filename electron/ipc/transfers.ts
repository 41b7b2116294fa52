import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { PushboatError } from '../../shared/errors.ts';
import type { ImageDestination } from '../destinations/types.ts';
import { requireFree } from '../destinations/write-errors.ts';
import type { Services } from '../services.ts';
import { requestedImage } from './images.ts';
import type { DesktopActions, HandlersOf } from './types.ts';

export function transfersHandlers(services: Services): HandlersOf<'transfers'> {
  const { transfers } = services;
  return {
    'transfers.list': () => transfers.list(),
    'transfers.pause': (jobId) => transfers.pause(jobId),
    'transfers.resume': (jobId) => transfers.resume(jobId),
    'transfers.tryNow': (jobId) => transfers.tryNow(jobId),
    'transfers.networkChanged': () => services.networkChanged(),
    'transfers.cancel': (jobId) => transfers.cancel(jobId),
    'transfers.forget': (jobId) => transfers.forget(jobId),
  };
}

export function exportsHandlers(services: Services, desktop: DesktopActions): HandlersOf<'exports'> {
  const { transfers, catalog } = services;
  return {
    'exports.choosePlace': async ({ kind, name }) => {
      if (kind === 'archive') return desktop.chooseNewArchive(name);
      const folder = await desktop.chooseTargetFolder();
      return folder === null ? null : folderFor(folder, name);
    },
    'exports.check': (text) => {
      wholeDestination(services, text);
    },
    'exports.start': async ({ imageId, destination, options, replace = false }) => {
      const whole = wholeDestination(services, destination);
      // Agreed to where nothing is there yet, it means a new file: another export may make it before this one's turn.
      const isReplacing = replace && (await whole.replaces?.()) !== undefined;
      if (!isReplacing) await requireFree(whole);
      const images = [requestedImage(catalog, imageId)] as const;
      return transfers.start({ images, destination: whole, options, keepsExisting: !isReplacing });
    },
    'exports.show': (jobId) => {
      // The path comes from the job, not from the page: the page can show only what it has exported.
      const path = transfers.list().find(({ job }) => job.id === jobId)?.job.destination?.path;
      if (path === undefined) throw new PushboatError('INTERNAL', 'This transfer has not written a file or folder.');
      desktop.showInFolder(path);
    },
  };
}

/** A window has no folder that a path could begin at. @throws PushboatError USAGE, and what the destination's own reading throws. */
function wholeDestination(services: Services, text: string): ImageDestination {
  const destination = services.destination(text);
  if (destination === undefined) {
    throw new PushboatError('USAGE', `${text} does not say to which kind of place an image is exported.`);
  }
  const { path } = destination;
  if (path === undefined || isAbsolute(path)) return destination;
  throw new PushboatError('USAGE', `The path ${path} is not absolute: give the whole path.`, { path });
}

/** An empty folder or a layout is what the person means; in any other, which may be full of things, a new folder is made. */
async function folderFor(folder: string, name: string): Promise<string> {
  const entries = await readdir(folder).catch((): string[] => []);
  return entries.length === 0 || entries.includes('oci-layout') ? folder : join(folder, name);
}
