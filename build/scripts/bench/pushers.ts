import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerPusher } from './docker.ts';
import { firstLine, programs } from './programs.ts';
import type { Missing, Pusher, PushInput } from './types.ts';

const CLI = fileURLToPath(new URL('../../../.vite/build/cli.js', import.meta.url));

export const OURS = 'pushboat';

const UNPACK =
  'Debian unstable’s .deb unpacks and runs on stable: dpkg -x FILE.deb DIR, then PUSHBOAT_BENCH_PATH=DIR/usr/bin';

interface Peer {
  name: string;
  versionArgs: string[];
  how: string;
  push(input: PushInput): string[];
}

/** Certificates are verified by nobody: the registry's authority was made a moment ago. */
const PEERS: readonly Peer[] = [
  {
    name: 'crane',
    versionArgs: ['version'],
    how: `Debian package crane. ${UNPACK}`,
    push: ({ layout, target }) => ['push', '--insecure', layout, target],
  },
  {
    name: 'oras',
    versionArgs: ['version'],
    how: `Debian package oras. ${UNPACK}`,
    push: ({ layout, tag, target, tls }) => [
      'cp',
      '--no-tty',
      '--from-oci-layout',
      `${layout}:${tag}`,
      target,
      tls ? '--to-insecure' : '--to-plain-http',
    ],
  },
  {
    name: 'skopeo',
    versionArgs: ['--version'],
    how: 'Debian package skopeo',
    push: ({ layout, tag, target, isIndex }) => [
      // Pushes whatever policy.json says, also when there is none.
      '--insecure-policy',
      'copy',
      '--quiet',
      ...(isIndex ? ['--all'] : []),
      '--dest-tls-verify=false',
      `oci:${layout}:${tag}`,
      `docker://${target}`,
    ],
  },
];

/** Ours first, then every peer that is on this machine; and what is not, with the way to get it. */
export async function findPushers(): Promise<{ pushers: Pusher[]; missing: Missing[] }> {
  const pushers: Pusher[] = [await ours()];
  const missing: Missing[] = [];
  for (const peer of PEERS) {
    const command = programs.find(peer.name);
    if (command) pushers.push(await peerPusher(peer, command));
    else missing.push({ name: peer.name, how: peer.how });
  }
  const docker = await dockerPusher();
  if ('push' in docker) pushers.push(docker);
  else missing.push(docker);
  return { pushers, missing };
}

async function ours(): Promise<Pusher> {
  return {
    name: OURS,
    version: await firstLine(process.execPath, [CLI, '--version']),
    cpu: true,
    push: ({ layout, tag, target }) => ({
      command: process.execPath,
      args: [CLI, 'push', `oci:${layout}:${tag}`, target, '--quiet', '--tls-verify=false'],
    }),
  };
}

async function peerPusher(peer: Peer, command: string): Promise<Pusher> {
  return {
    name: peer.name,
    version: await firstLine(command, peer.versionArgs),
    cpu: true,
    push: (input) => ({ command, args: peer.push(input) }),
  };
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
