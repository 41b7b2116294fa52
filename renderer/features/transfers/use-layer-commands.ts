import { useEffect, useState } from 'react';
import type { ImageDetails } from '../../../shared/images.ts';
import { isActive, type JobInfo } from '../../../shared/transfer-events.ts';
import { request } from '../../api.ts';
import { useImages } from '../../stores/images.ts';
import { type JobLayers, useTransfers } from '../../stores/transfers.ts';

type Commands = ReadonlyMap<string, string>;

const NONE: Commands = new Map();

/**
 * What made the layers of a job of an earlier start, by digest. It is never written down, for build arguments may be secrets; so it is read
 * from the image while somebody looks.
 */
export function useLayerCommands({ id, imageId, state }: JobInfo): Commands {
  const isWanted = useTransfers(({ layers }) => !isActive(state) && isNameless(layers[id]));
  // Stores are looked through after a start: the image comes later than the job.
  const isListed = useImages(({ images }) => images.has(imageId));
  const [commands, setCommands] = useState(NONE);
  const asks = isWanted && isListed;
  useEffect(() => {
    if (!asks) return;
    let isCurrent = true;
    request('images.details', imageId).then(
      (details) => isCurrent && setCommands(commandsOf(details)),
      // Why it cannot be read is told when the job is resumed; until then the rows say what they are.
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [asks, imageId]);
  return commands;
}

function isNameless(layers: JobLayers | undefined): boolean {
  const rows = Object.values(layers?.byDigest ?? {}).filter(({ kind }) => kind === 'layer');
  return rows.length > 0 && rows.every(({ createdBy }) => createdBy === undefined);
}

function commandsOf({ manifests }: ImageDetails): Commands {
  const layers = manifests.flatMap((manifest) => manifest.layers);
  return new Map(layers.flatMap(({ digest, createdBy }) => (createdBy === undefined ? [] : [[digest, createdBy]])));
}
