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
  '--no-clobber': ['--skip-existing'],
  '--sign-by-sigstore-private-key': ['--sign-by-sigstore', '--key'],
  DOCKER_HOST: ['-H', '--host'],
  DOCKER_CONTEXT: ['-c', '--context'],
  CONTAINERS_STORAGE_CONF: ['--root', '--runroot', '--storage-driver', '--storage-opt'],
});

const COMMANDS = byTheirs({
  push: ['copy', 'cp'],
  images: ['ls', 'list', 'image'],
  '--version': ['version'],
  'push --tag': ['tag'],
});

function byTheirs(ours: Record<string, string[]>): ReadonlyMap<string, string> {
  return new Map(Object.entries(ours).flatMap(([our, theirs]) => theirs.map((their) => [their, our])));
}

const UNKNOWN = /^unknown (option|command) '([^]*?)'(?:\n\(Did you mean ([^]+)\?\))?$/;

/**
 * What commander says of a wrong command line, with what an option or a command of another tool is called here. Nothing of an option's value is
 * shown: it may be a password.
 */
export function inOurWords(message: string): string {
  const [, kind, typed = '', similar] = UNKNOWN.exec(message) ?? [];
  if (kind === undefined) return message;
  if (kind === 'command') {
    const meant = COMMANDS.get(typed) ?? similar;
    return meant === undefined ? `unknown command '${typed}'` : `unknown command '${typed}': did you mean ${meant}?`;
  }
  // `--creds=…` and `-p…`: the rest is the value.
  const option = typed.startsWith('--') ? typed.replace(/=[^]*$/, '') : typed.slice(0, 2);
  const meant = OPTIONS.get(option) ?? similar;
  return meant === undefined ? `unknown option '${option}'` : `unknown option '${option}': did you mean ${meant}?`;
}
