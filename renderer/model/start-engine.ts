import type { LookedFor } from '../../shared/images.ts';

/** A command that starts an engine, and when it is the right one. */
export interface StartCommand {
  when: 'service' | 'noSystemd' | 'app' | 'firstMachine' | 'machine';
  command: string;
}

/** Engines that bring a socket of their own, by its place; for any system. */
const BY_PLACE: readonly [RegExp, StartCommand[]][] = [
  [/\/\.colima\//, [{ when: 'machine', command: 'colima start' }]],
  [/\/\.orbstack\//, [{ when: 'app', command: 'open -a OrbStack' }]],
  [/\/\.rd\//, [{ when: 'app', command: 'rdctl start' }]],
  [/\/\.lima\//, [{ when: 'machine', command: 'limactl start docker' }]],
  [/\/\.docker\/desktop\//, [{ when: 'app', command: 'systemctl --user start docker-desktop' }]],
];

/** Docker Desktop's own command is there from 4.37 on: https://docs.docker.com/desktop/features/desktop-cli/ */
const DOCKER: Readonly<Record<string, StartCommand[]>> = {
  darwin: [{ when: 'app', command: 'open -a Docker' }],
  win32: [{ when: 'app', command: 'docker desktop start' }],
};

/** Podman has its engine in a virtual machine there: https://docs.podman.io/en/latest/markdown/podman-machine.1.html */
const PODMAN_MACHINE: StartCommand[] = [
  { when: 'machine', command: 'podman machine start' },
  { when: 'firstMachine', command: 'podman machine init --now' },
];

/**
 * How an engine that does not run is started on this computer. Nothing for one that runs but answers wrongly, for one elsewhere, and for
 * what is no engine.
 */
export function startCommands(
  { transport, label, location, state, error }: Pick<LookedFor, 'transport' | 'label' | 'location' | 'state' | 'error'>,
  platform: string,
): StartCommand[] {
  const isOff = state === 'absent' || (state === 'unreachable' && error?.hint === 'start-engine');
  const isHere = /^(?:\/|\\\\)/.test(location);
  if (transport !== 'docker-daemon' || !isOff || !isHere) return [];
  const own = BY_PLACE.find(([place]) => place.test(location));
  if (own !== undefined) return own[1];
  if (label === 'Podman') return platform === 'linux' ? podmanSocket(location) : PODMAN_MACHINE;
  return DOCKER[platform] ?? dockerService(location);
}

/** One of a person's own has its socket in the folder of the session: https://docs.docker.com/engine/security/rootless/ */
function isOwn(location: string): boolean {
  return location.startsWith('/run/user/');
}

function dockerService(location: string): StartCommand[] {
  if (isOwn(location)) return [{ when: 'service', command: 'systemctl --user enable --now docker' }];
  return [
    { when: 'service', command: 'sudo systemctl enable --now docker' },
    { when: 'noSystemd', command: 'sudo service docker start' },
  ];
}

/** https://docs.podman.io/en/latest/markdown/podman-system-service.1.html */
function podmanSocket(location: string): StartCommand[] {
  const [sudo, user] = isOwn(location) ? ['', ' --user'] : ['sudo ', ''];
  return [
    { when: 'service', command: `${sudo}systemctl${user} enable --now podman.socket` },
    { when: 'noSystemd', command: `${sudo}podman system service --time=0` },
  ];
}
