import { OWN_TRANSPORTS, PATH_TRANSPORTS } from '../../shared/images.ts';
import { usageError } from './errors.ts';

const TRANSPORT_NAMES: readonly string[] = [...PATH_TRANSPORTS, ...OWN_TRANSPORTS];

/**
 * Options of docker, podman, buildah, skopeo, crane, oras, nerdctl and helm that have another name here.
 * Those of the same meaning and name are options of ours.
 */
const OPTIONS = byTheirs({
  '--tls-verify': ['--dest-tls-verify', '--src-tls-verify'],
  '--tls-verify=false': ['--insecure', '--insecure-registry', '--plain-http', '--skip-verify', '-k'],
  '--creds': ['--dest-creds', '--src-creds', '--dest-username', '--dest-password', '-u', '--user', '--username'],
  '--password-stdin': ['-p', '--password'],
  '--authfile': ['--dest-authfile', '--src-authfile', '--registry-config'],
  '--cert-dir': ['--dest-cert-dir', '--src-cert-dir', '--ca-file'],
  '--compression-format': ['--dest-compress-format', '--dest-compress', '--compress'],
  '--compression-level': ['--dest-compress-level'],
  '--disable-compression': ['--dest-decompress'],
  '--debug': ['-D', '-v', '--verbose', '--log-level'],
  '--platform': ['--override-arch', '--override-os', '--override-variant', '--multi-arch', '--arch', '--os'],
  '--parallel': ['-j', '--jobs', '--concurrency', '--image-parallel-copies'],
  '--tag': ['-t'],
  '--dry-run': ['-n'],
  '--referrers': ['-r', '--recursive'],
  '--digestfile': ['--image-refs', '--iidfile'],
  // Of a push it is an option of ours.
  '--json': ['--format'],
  '--no-clobber': ['--skip-existing'],
  '--sign-by-sigstore-private-key': ['--sign-by-sigstore', '--key'],
  DOCKER_HOST: ['-H', '--host'],
  DOCKER_CONTEXT: ['-c', '--context'],
  CONTAINERS_STORAGE_CONF: ['--root', '--runroot', '--storage-driver', '--storage-opt'],
});

/** Those of a group of ours have its name before them. */
const COMMANDS = byTheirs({
  push: ['copy', 'cp'],
  'push IMAGE docker-archive:FILE': ['save', 'export'],
  images: ['ls', 'list', 'image'],
  login: ['auth', 'registry login'],
  logout: ['registry logout'],
  'registry list': ['registry ls'],
  '--version': ['version'],
  'push --tag': ['tag'],
});

/** What Pushboat does not do, and has no name for that is like it but by chance. */
const NOT_HERE = ['build', 'info', 'inspect', 'load', 'manifest', 'ps', 'pull', 'rm', 'rmi', 'run', 'search'];

/** Transports of skopeo's relatives, oras, syft and nix2container, and programs, that stand before an image. */
const TRANSPORTS = byTheirs({
  oci: ['oci-layout', 'oci-dir'],
  'docker-archive': ['docker-tar', 'docker-tarball', 'tarball'],
  'docker-daemon': ['docker', 'docker-image'],
});
const CONTAINERD = ['containerd', 'nerdctl', 'ctr'];
/** No reference looks so: what follows is neither a tag nor the port of a registry. */
const WITH_TRANSPORT = /^([a-z-]+):(?!\d+\/)([^]*[:/\\][^]*)$/i;

/** @throws PushboatError USAGE for an IMAGE behind a transport that has another name here, or none */
export function requireOurTransport(text: string): void {
  const [, typed = '', rest = ''] = WITH_TRANSPORT.exec(text) ?? [];
  if (typed === '' || rest.startsWith('//')) return;
  const name = typed.toLowerCase();
  const ours = TRANSPORTS.get(name) ?? TRANSPORT_NAMES.find((each) => each === name && each !== typed);
  if (ours !== undefined) throw usageError(`${typed}: is called ${ours}: here: write ${ours}:${rest}.`);
  if (name === 'file') throw usageError(`A file is named by its path alone: write ${rest}.`);
  if (CONTAINERD.includes(name))
    throw usageError(
      `Pushboat does not talk to containerd: save ${rest} with nerdctl save or ctr images export, and push that archive.`,
    );
}

function byTheirs(ours: Record<string, string[]>): ReadonlyMap<string, string> {
  return new Map(Object.entries(ours).flatMap(([our, theirs]) => theirs.map((their) => [their, our])));
}

const UNKNOWN = /^unknown (option|command) '([^]*?)'(?:\n\(Did you mean ([^]+)\?\))?$/;

/**
 * What commander says of a wrong command line, with what an option or a command of another tool is called here. Nothing of an option's value is
 * shown: it may be a password.
 * @param flags our options that have no value
 * @param group whose command is unknown, as `registry`; undefined for the program's own
 */
export function inOurWords(message: string, flags: ReadonlySet<string>, group?: string): string {
  const [, kind, typed = '', similar] = UNKNOWN.exec(message) ?? [];
  if (kind === undefined) return message;
  if (kind === 'command') {
    const own = NOT_HERE.includes(typed) ? undefined : similar;
    const meant = COMMANDS.get(group === undefined ? typed : `${group} ${typed}`) ?? own;
    return meant === undefined ? `unknown command '${typed}'` : `unknown command '${typed}': did you mean ${meant}?`;
  }
  // `--creds=…` and `-p…`: the rest is the value.
  const option = typed.startsWith('--') ? typed.replace(/=[^]*$/, '') : typed.slice(0, 2);
  if (typed.includes('=') && flags.has(option)) return `option '${option}' is given without a value`;
  const meant = OPTIONS.get(option) ?? similar;
  return meant === undefined ? `unknown option '${option}'` : `unknown option '${option}': did you mean ${meant}?`;
}

/** What word processors, chats and phones make of two hyphens. */
const LONG_DASH = /^(?:[\u2010-\u2015\u2212]-*|-[\u2010-\u2015\u2212])([a-z][a-z-]*)/;

/** @throws PushboatError USAGE for an option that was pasted with another dash; only its name is shown */
export function requireHyphens(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    const name = LONG_DASH.exec(arg)?.[1];
    if (name !== undefined)
      throw usageError(`An option begins with a dash that is not on the keyboard: write --${name} with two hyphens.`);
  }
}
