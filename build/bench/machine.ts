import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { programs, versionLine } from './programs.ts';

/** Where and when the figures were taken. */
export interface Machine {
  /** ISO 8601. */
  date: string;
  system: string;
  processor: string;
  processors: number;
  /** Bytes. */
  memory: number;
  node: string;
  registry: string;
}

export async function describeMachine(): Promise<Machine> {
  const registry = programs.find('docker-registry');
  return {
    date: new Date().toISOString(),
    system: `${await systemName()}, ${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memory: totalmem(),
    node: process.version,
    registry: registry ? await versionLine(registry, ['--version']) : 'unknown',
  };
}

async function systemName(): Promise<string> {
  try {
    const text = await readFile('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? 'unknown';
  } catch {
    return process.platform;
  }
}

/** Every pusher gets folders of its own for logins, caches and what it knows of registries. */
export function environmentIn(home: string): Record<string, string> {
  return {
    HOME: home,
    PUSHBOAT_DATA_DIR: join(home, 'pushboat'),
    DOCKER_CONFIG: join(home, 'docker'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'share'),
    XDG_RUNTIME_DIR: home,
    // As root, skopeo would keep what it learns in /var/lib; this makes it take XDG_DATA_HOME.
    _CONTAINERS_ROOTLESS_UID: '1000',
  };
}
