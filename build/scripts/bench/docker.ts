import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { programs, runProgram } from './programs.ts';
import type { Missing, Pusher, PushInput } from './types.ts';

/**
 * Docker pushes from its daemon's own store: the image is loaded before, untimed. The daemon does the work, so that the
 * command's CPU time says nothing.
 */
export async function dockerPusher(): Promise<Pusher | Missing> {
  const command = programs.find('docker');
  if (!command) return { name: 'docker', how: 'Debian packages docker.io and docker-cli, and a running dockerd' };
  const { status, stdout } = await runProgram(command, ['version', '--format', '{{.Server.Version}}']);
  if (status !== 0) {
    return { name: 'docker', how: 'there is a client, but no daemon answers: start dockerd, or set DOCKER_HOST' };
  }
  const loaded = new Map<string, Promise<string>>();
  return {
    name: 'docker',
    version: stdout.trim(),
    cpu: false,
    push: ({ target }) => ({ command, args: ['push', '--quiet', target] }),
    prepare: async (input) => {
      const id = loaded.get(input.layout) ?? load(command, input);
      loaded.set(input.layout, id);
      await succeed(command, ['tag', await id, input.target]);
      return { [Symbol.asyncDispose]: () => succeed(command, ['rmi', '--no-prune', input.target]) };
    },
    release: async () => {
      const ids = await Promise.allSettled(loaded.values());
      for (const id of ids) if (id.status === 'fulfilled') await succeed(command, ['rmi', id.value]);
    },
  };
}

/** Gives the layout as a tar to `docker load`. Returns what the daemon calls the image. */
async function load(command: string, { layout }: PushInput): Promise<string> {
  const tar = spawn('tar', ['-C', layout, '-cf', '-', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const docker = spawn(command, ['load'], { stdio: ['pipe', 'pipe', 'pipe'] });
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
