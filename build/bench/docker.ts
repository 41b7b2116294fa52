import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { type Dockerd, startDockerd } from '../../test/fixtures/dockerd.ts';
import { programs, runProgram } from './programs.ts';
import type { Missing, Pusher, PushInput } from './types.ts';

/**
 * Docker pushes from its daemon's own store: the image is loaded before, untimed. The daemon does the work, so that the
 * command's CPU time says nothing.
 * @param mayStart whether a daemon is started where none answers; needs root.
 */
export async function dockerPusher(mayStart: boolean): Promise<Pusher | Missing> {
  const command = programs.find('docker');
  if (!command) return { name: 'docker', how: 'Debian packages docker.io and docker-cli, and a running dockerd' };
  const running = await versionOf(command, []);
  const canStart = mayStart && programs.find('dockerd') !== undefined && process.getuid?.() === 0;
  const own = running === undefined && canStart ? await startDockerd() : undefined;
  const host = own ? ['--host', own.host] : [];
  const version = running ?? (own && (await versionOf(command, host)));
  if (version === undefined) {
    return { name: 'docker', how: 'there is a client, but no daemon answers: start dockerd, or set DOCKER_HOST' };
  }
  const loaded = new Map<string, Promise<string>>();
  return {
    name: 'docker',
    version,
    cpu: false,
    push: ({ target }) => ({ command, args: [...host, 'push', '--quiet', target] }),
    prepare: async (input) => {
      const key = input.store ?? input.layout;
      const id = loaded.get(key) ?? (input.store === undefined ? load(command, host, input) : copy(input.store, own));
      loaded.set(key, id);
      await succeed(command, [...host, 'tag', await id, input.target]);
      return { [Symbol.asyncDispose]: () => succeed(command, [...host, 'rmi', '--no-prune', input.target]) };
    },
    release: async () => {
      const ids = await Promise.allSettled(loaded.values());
      // Its images go with it.
      if (own) return own.stop();
      for (const id of ids) if (id.status === 'fulfilled') await succeed(command, [...host, 'rmi', id.value]);
    },
  };
}

async function versionOf(command: string, host: string[]): Promise<string | undefined> {
  const { status, stdout } = await runProgram(command, [...host, 'version', '--format', '{{.Server.Version}}']);
  return status === 0 ? stdout.trim() : undefined;
}

/** Copies an image of a store to the daemon. Returns its name there. */
async function copy(store: string, own: Dockerd | undefined): Promise<string> {
  const name = 'pushboat-bench:stored';
  const host = own ? ['--dest-daemon-host', own.host] : [];
  const args = ['--insecure-policy', 'copy', '--quiet', ...host, store, `docker-daemon:${name}`];
  const { status, stderr } = await runProgram('skopeo', args);
  if (status !== 0) throw new Error(`skopeo copy to the daemon: ${stderr.trim()}`);
  return name;
}

/** Gives the layout as a tar to `docker load`. Returns what the daemon calls the image. */
async function load(command: string, host: string[], { layout }: PushInput): Promise<string> {
  const tar = spawn('tar', ['-C', layout, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const docker = spawn(command, [...host, 'load'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [docker.stdout, docker.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number>((resolve, reject) => {
    docker.once('error', reject);
    docker.once('close', (code) => resolve(code ?? 128));
  });
  const [sent, status] = await Promise.allSettled([pipeline(tar.stdout, docker.stdin), ended]);
  const name = /Loaded image(?: ID)?: (\S+)/.exec(output)?.[1];
  if (sent.status === 'fulfilled' && status.status === 'fulfilled' && status.value === 0 && name) return name;
  throw new Error(`docker load: ${output.trim()}`);
}

async function succeed(command: string, args: string[]): Promise<void> {
  const { status, stderr } = await runProgram(command, args);
  if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr.trim()}`);
}
