import type { ProxyUrl } from '../../../shared/proxy-url.ts';
import type { HostCertificates } from './tls.ts';

/** Limits in milliseconds, all settable; see DEFAULT_TIMEOUTS. */
export interface Timeouts {
  connect: number;
  /** From the end of the request to the answer's headers. */
  headers: number;
  /** Longest pause while a body is read or written. */
  idle: number;
}

/** How the hosts of one registry are reached, by what is set on this computer. */
export interface NetworkRules {
  /** Asked for each new host. Undefined: directly. @throws PushboatError PROXY_INVALID */
  proxyFor(url: URL): Promise<ProxyUrl | undefined>;
  /** Asked for each new connection, so that renewed files count. @throws PushboatError SETTINGS_UNREADABLE naming the file */
  certificatesFor(url: URL): Promise<HostCertificates>;
  /** Whether the registry counts as one with `--tls-verify=false` for its address. Absent: no. @throws PushboatError SETTINGS_UNREADABLE */
  isInsecure?(): Promise<boolean>;
}
