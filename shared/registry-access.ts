import type { ErrorData } from './errors.ts';
import type { LoginInfo } from './logins.ts';

/** Where a setting comes from; shown to people. */
export interface SettingOrigin {
  /**
   * `default`: nobody has set it. `settings`: set in Pushboat for this registry. `command-line`, `environment`, `system` (the desktop's
   * settings), `file`. `loopback`: it follows from the address of this computer.
   */
  kind: 'default' | 'settings' | 'command-line' | 'environment' | 'system' | 'file' | 'loopback';
  /** The option or variable: `--tls-verify`, `HTTPS_PROXY`. */
  name?: string | undefined;
  /** Absolute path. */
  path?: string | undefined;
}

/** How the registry's API host is reached. */
export type ProxyUse =
  | { kind: 'direct'; origin: SettingOrigin }
  /** `url` is without the login. */
  | { kind: 'proxy'; url: string; username?: string | undefined; origin: SettingOrigin };

export interface TlsUse {
  /**
   * `verified` by the system's CAs and `caFiles`; `pinned` to one certificate; `unverified`: any certificate; `none`: plain HTTP.
   */
  kind: 'verified' | 'pinned' | 'unverified' | 'none';
  /** Plain HTTP is used where HTTPS does not answer. */
  mayFallBack: boolean;
  /** Of the pinned certificate. */
  fingerprint256?: string | undefined;
  origin: SettingOrigin;
}

/** A CA's file, which counts besides the system's. */
export interface CaFile {
  path: string;
  origin: SettingOrigin;
}

/** What is shown to a registry that asks who connects. */
export interface ClientCertificateFiles {
  certificate: string;
  key: string;
  origin: SettingOrigin;
}

/** All that applies to a registry, or to one repository of it, and where each part comes from. Holds no secret. */
export interface RegistryAccess {
  registry: string;
  /** `host[:port]` that is really asked. */
  apiHost: string;
  /** Where it is said that nothing may be sent there; null: it may. */
  blocked: SettingOrigin | null;
  proxy: ProxyUse;
  tls: TlsUse;
  caFiles: CaFile[];
  clientCertificate: ClientCertificateFiles | null;
  login: LoginInfo | null;
  /** Files and variables that say something about it and cannot be used: a push fails with these. */
  problems: ErrorData[];
}

/** One phrase that names an origin, in English: the command line prints it, the window has its own words. */
export function settingOriginText({ kind, name, path }: SettingOrigin): string {
  switch (kind) {
    case 'default':
      return 'the default';
    case 'settings':
      return 'the settings of this registry';
    case 'command-line':
      return name ?? 'the command line';
    case 'environment':
      return name ?? 'the environment';
    case 'system':
      return 'the system’s settings';
    case 'file':
      return path ?? 'a file';
    case 'loopback':
      return 'the address, which is this computer';
  }
}

/** Steps of a test, in the order in which a push needs them. */
export const CONNECTION_STEPS = ['address', 'proxy', 'connect', 'tls', 'api', 'login', 'push', 'catalog'] as const;

/** What a step found. `noted` is no failure, but worth knowing; what is not reached stands behind a failure. */
export interface ConnectionStep {
  step: (typeof CONNECTION_STEPS)[number];
  state: 'passed' | 'noted' | 'failed' | 'notReached';
  /** What was found, in the other side's words: an address, an issuer, an account. */
  found?: string | undefined;
  /** Why it is noted: a key of the window's texts. */
  note?: 'byProxy' | 'plainHttp' | 'unverified' | 'noLogin' | 'neverPushed' | 'mayNotPush' | 'noCatalog' | undefined;
  /** Milliseconds that it took. */
  ms?: number | undefined;
  error?: ErrorData | undefined;
}
