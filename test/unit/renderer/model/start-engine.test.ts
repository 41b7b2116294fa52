import { expect, test } from 'vitest';
import { startCommands } from '../../../../renderer/model/start-engine.ts';
import type { ErrorData } from '../../../../shared/errors.ts';

const docker = { transport: 'docker-daemon', label: 'Docker', state: 'absent' } as const;
const podman = { ...docker, label: 'Podman' } as const;

const commandsOf = (place: Parameters<typeof startCommands>[0], platform: string) =>
  startCommands(place, platform).map(({ command }) => command);

test.each([
  ['linux', '/var/run/docker.sock', ['sudo systemctl enable --now docker', 'sudo service docker start']],
  ['linux', '/run/user/1000/docker.sock', ['systemctl --user enable --now docker']],
  ['linux', '/home/ana/.docker/desktop/docker.sock', ['systemctl --user start docker-desktop']],
  ['linux', '/home/ana/.colima/default/docker.sock', ['colima start']],
  ['darwin', '/var/run/docker.sock', ['open -a Docker']],
  ['darwin', '/Users/ana/.orbstack/run/docker.sock', ['open -a OrbStack']],
  ['darwin', '/Users/ana/.rd/docker.sock', ['rdctl start']],
  ['win32', '\\\\.\\pipe\\docker_engine', ['docker desktop start']],
])('Docker on %s at %s is started as it was installed', (platform, location, commands) => {
  expect(commandsOf({ ...docker, location }, platform)).toEqual(commands);
});

test.each([
  [
    'linux',
    '/run/user/1000/podman/podman.sock',
    ['systemctl --user enable --now podman.socket', 'podman system service --time=0'],
  ],
  [
    'linux',
    '/run/podman/podman.sock',
    ['sudo systemctl enable --now podman.socket', 'sudo podman system service --time=0'],
  ],
  [
    'darwin',
    '/Users/ana/.local/share/containers/podman/machine/podman.sock',
    ['podman machine start', 'podman machine init --now'],
  ],
  ['win32', '\\\\.\\pipe\\podman-machine-default', ['podman machine start', 'podman machine init --now']],
])('Podman on %s at %s is started by its socket or its machine', (platform, location, commands) => {
  expect(commandsOf({ ...podman, location }, platform)).toEqual(commands);
});

test('an engine whose socket is left behind is started like one that has none', () => {
  const error: ErrorData = { code: 'ENGINE_FAILED', message: 'No answer.', hint: 'start-engine' };
  const left = { ...docker, location: '/var/run/docker.sock', state: 'unreachable', error } as const;
  expect(commandsOf(left, 'linux')[0]).toBe('sudo systemctl enable --now docker');
});

test('nothing is started that runs, that is elsewhere, that may not be used, or that is no engine', () => {
  const location = '/var/run/docker.sock';
  const forbidden: ErrorData = { code: 'SOURCE_UNREADABLE', message: 'Permission denied.', hint: 'check-folder' };
  expect(commandsOf({ ...docker, location, state: 'ready' }, 'linux')).toEqual([]);
  expect(commandsOf({ ...docker, location: 'tcp://build.example:2376' }, 'linux')).toEqual([]);
  expect(commandsOf({ ...docker, location, state: 'unreachable', error: forbidden }, 'linux')).toEqual([]);
  expect(commandsOf({ ...docker, transport: 'image-store', location: '/var/lib/ar/images' }, 'linux')).toEqual([]);
});
