import { registryApiHost } from '../../shared/reference.ts';
import type { RegistriesConfSetting } from '../files/environment.ts';
import { type CertificateFolder, type CertificatePlaces, certificateFolder } from './certs-d.ts';
import { insecureForDocker } from './docker-daemon-conf.ts';
import type { ProxySources } from './proxies.ts';
import { entryFor, readRegistriesConf } from './registries-conf.ts';

/** Where this computer says how registries are reached. */
export interface NetworkPlaces extends ProxySources, CertificatePlaces, RegistriesConfSetting {}

/** What files of containers/image and of Docker say of a registry: the path of the one that says so. */
export interface FileRules {
  insecure: string | undefined;
  blocked: string | undefined;
}

/** @throws PushboatError SETTINGS_UNREADABLE naming the file that cannot be understood */
export function fileRules(registry: string, repository: string | undefined, places: NetworkPlaces): FileRules {
  const name = repository === undefined ? registry : `${registry}/${repository}`;
  const entry = entryFor(name, readRegistriesConf(places));
  return {
    insecure: entry?.insecure ? entry.path : insecureForDocker(registry, places),
    blocked: entry?.blocked ? entry.path : undefined,
  };
}

/** The folder of certificates of a registry. @throws PushboatError SETTINGS_UNREADABLE */
export function registryCertificates(registry: string, places: NetworkPlaces): CertificateFolder | undefined {
  return certificateFolder([registry, registryApiHost(registry)], places);
}
