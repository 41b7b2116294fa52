import { fileURLToPath } from 'node:url';
import { dockerPusher } from './docker.ts';
import { programs, versionLine } from './programs.ts';
import type { Missing, Pusher, PushInput } from './types.ts';

export const CLI = fileURLToPath(new URL('../../.vite/build/cli.js', import.meta.url));

export const OURS = 'pushboat';

const UNPACK =
  'Debian unstable’s .deb unpacks and runs on stable: dpkg -x FILE.deb DIR, then PUSHBOAT_BENCH_PATH=DIR/usr/bin';

interface Peer {
  name: string;
  versionArgs: string[];
  how: string;
  /** Undefined when it cannot read where the image is. */
  push(input: PushInput): string[] | undefined;
}

const PEERS: readonly Peer[] = [
  {
    name: 'crane',
    versionArgs: ['version'],
    how: `Debian package crane. ${UNPACK}`,
    push: ({ layout, store, target, verified }) =>
      store === undefined ? ['push', ...(verified ? [] : ['--insecure']), layout, target] : undefined,
  },
  {
    name: 'oras',
    versionArgs: ['version'],
    how: `Debian package oras. ${UNPACK}`,
    push: ({ layout, store, tag, target, tls, verified }) => {
      const trust = verified ? [] : [tls ? '--to-insecure' : '--to-plain-http'];
      return store === undefined
        ? ['cp', '--no-tty', '--from-oci-layout', `${layout}:${tag}`, target, ...trust]
        : undefined;
    },
  },
  {
    name: 'skopeo',
    versionArgs: ['--version'],
    how: 'Debian package skopeo',
    push: ({ layout, store, tag, target, isIndex, verified }) => [
      // Pushes whatever policy.json says, also when there is none.
      '--insecure-policy',
      'copy',
      '--quiet',
      ...(isIndex ? ['--all'] : []),
      ...(verified ? [] : ['--dest-tls-verify=false']),
      store ?? `oci:${layout}:${tag}`,
      `docker://${target}`,
    ],
  },
];

/**
 * Ours first, then every peer that is on this machine; and what is not, with the way to get it.
 * @param needsDocker whether Docker is worth an engine of its own where none runs.
 */
export async function findPushers(needsDocker: boolean): Promise<{ pushers: Pusher[]; missing: Missing[] }> {
  const pushers: Pusher[] = [await ours()];
  const missing: Missing[] = [];
  for (const peer of PEERS) {
    const command = programs.find(peer.name);
    if (command) pushers.push(await peerPusher(peer, command));
    else missing.push({ name: peer.name, how: peer.how });
  }
  const docker = await dockerPusher(needsDocker);
  if ('push' in docker) pushers.push(docker);
  else missing.push(docker);
  return { pushers, missing };
}

/** The built command line. */
export async function ours(): Promise<Pusher> {
  return {
    name: OURS,
    version: await versionLine(process.execPath, [CLI, '--version']),
    cpu: true,
    trusting: (caFile) => ({ NODE_EXTRA_CA_CERTS: caFile }),
    push: ({ layout, store, tag, target, verified }) => {
      const trust = verified ? [] : ['--tls-verify=false'];
      return {
        command: process.execPath,
        args: [CLI, 'push', store ?? `oci:${layout}:${tag}`, target, '--quiet', ...trust],
      };
    },
  };
}

async function peerPusher(peer: Peer, command: string): Promise<Pusher> {
  return {
    name: peer.name,
    version: await versionLine(command, peer.versionArgs),
    cpu: true,
    // All of them are Go programs.
    trusting: (caFile) => ({ SSL_CERT_FILE: caFile }),
    push: (input) => {
      const args = peer.push(input);
      if (args) return { command, args };
      throw new Error('it does not read containers-storage');
    },
  };
}
