import { toPushboatError } from '../../../shared/errors.ts';
import { addressText, type EngineAddress } from '../../docker-api/address.ts';
import { type EngineName, engineAddress } from '../../docker-api/endpoints.ts';
import type { LocalEnvironment } from '../../files/environment.ts';
import { isNotThere } from '../../files/system-errors.ts';
import { ContainersStorageSource, STORE_LABEL } from '../containers-storage/source.ts';
import { storeLocation } from '../containers-storage/storage-conf.ts';
import { brokenSummary } from '../describe/summary.ts';
import { EngineSource, engineSourceId } from '../docker-daemon/engine-source.ts';
import { sourceIdOf } from '../names/image-ids.ts';
import type { ListedSummary } from '../types.ts';
import type { AutomaticSource } from './types.ts';

/** The stores and engines of this user. Nothing is asked or listed yet; each says by itself whether it is there. */
export async function automaticSources(environment: LocalEnvironment): Promise<AutomaticSource[]> {
  const docker = await engine('Docker', environment);
  const podman = await engine('Podman', environment);
  return [docker, ...(podman.location === docker.location ? [] : [podman]), ...(await stores(environment))];
}

async function stores(environment: LocalEnvironment): Promise<AutomaticSource[]> {
  if (environment.platform !== 'linux') return [];
  const common = { transport: 'containers-storage', label: STORE_LABEL, watch: 'subfolders' } as const;
  try {
    const location = await storeLocation(environment);
    const id = sourceIdOf('containers-storage', location.root);
    return [{ ...common, id, location: location.root, open: () => new ContainersStorageSource(location) }];
  } catch (thrown) {
    return [{ ...common, ...misconfigured('storage.conf', thrown) }];
  }
}

async function engine(name: EngineName, environment: LocalEnvironment): Promise<AutomaticSource> {
  const common = { transport: 'docker-daemon', label: name, watch: 'nothing' } as const;
  let address: EngineAddress;
  try {
    address = await engineAddress(name, environment);
  } catch (thrown) {
    return { ...common, ...misconfigured(name, thrown) };
  }
  const open = () => new EngineSource(name, address, environment);
  return { ...common, id: engineSourceId(name, address), location: addressText(address), open };
}

function misconfigured(name: string, thrown: unknown): Pick<AutomaticSource, 'id' | 'location' | 'open'> {
  const error = toPushboatError(thrown);
  const location = error.facts.path ?? name;
  return {
    id: `misconfigured:${name}`,
    location,
    open: () => {
      throw error;
    },
  };
}

/** The images of all that is there; what is there and cannot be read is yielded as a broken row with the reason. */
export async function* listAutomatic(
  environment: LocalEnvironment,
  signal?: AbortSignal,
): AsyncGenerator<ListedSummary> {
  for (const source of await automaticSources(environment)) {
    const { id, label, open } = source;
    const transport = label === 'Podman' ? 'podman' : source.transport;
    try {
      for await (const row of open().list(signal)) yield { ...row, transport };
    } catch (error) {
      if (signal?.aborted) throw error;
      if (isNotThere(error)) continue;
      yield { ...brokenSummary({ id, sourceId: id, name: label, references: [] }, error), transport };
    }
  }
}
