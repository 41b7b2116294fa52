import type { LongHelp, OtherLanguage } from './language/types.ts';

const EXIT_STATUS =
  'Exit status: 0 done, 1 failed, 2 wrong usage, 3 a login is needed or was refused, 130 interrupted.';

const COMMAND_HELP = `
${EXIT_STATUS}
Environment variables: pushboat --help`;

const PROGRAM_HELP = `
IMAGE is an image on this computer; \`pushboat images\` lists them. Help for a command: pushboat push --help

Environment variables:
  REGISTRY_AUTH_FILE           file with logins, as Podman and skopeo use it
  DOCKER_CONFIG                folder of Docker’s config.json, which may also hold logins
  DOCKER_AUTH_CONFIG           logins as JSON, in the form of config.json; before all files
  DOCKER_HOST, DOCKER_CONTEXT  where Docker listens
  CONTAINER_HOST               where Podman’s service listens
  CONTAINERS_STORAGE_CONF      storage.conf of Podman and Buildah
  PUSHBOAT_DATA_DIR            folder of Pushboat’s own files: settings, and where interrupted pushes stopped
  PUSHBOAT_DEBUG               1: as with --debug
  PUSHBOAT_ARCHIVE_MAX_BYTES   largest size in bytes that a compressed archive may unpack to
  PUSHBOAT_ARCHIVE_MAX_RATIO   largest ratio of its unpacked to its compressed size

${EXIT_STATUS}`;

const PUSH_HELP = `
IMAGE is one of:
  NAME                                   an image in a store on this computer, as \`pushboat images\` lists it
  FOLDER or FILE                         an OCI layout, a folder written by skopeo with dir:, or an archive
  oci:FOLDER[:NAME]                      one image of an OCI layout
  oci-archive:FILE[:NAME]                the same in one tar
  docker-archive:FILE[:REFERENCE]        one image of a file written by docker save
  dir:FOLDER                             manifest and blobs as plain files
  image-store:NAME                       an image of the image store
  docker-daemon:REFERENCE                an image of Docker
  podman:REFERENCE                       an image of Podman, through its service
  containers-storage:REFERENCE           an image of Podman or Buildah, from their files
In a layout or an archive, an image can also be chosen without its name, with or without the transport:
  PATH:@N                                by its position, from 0: oci:FOLDER:@0 is the first
  PATH@DIGEST                            by its digest or the beginning of it
An archive on standard input is the image - (or docker-archive:-[:REFERENCE], oci-archive:-[:NAME]).

Several images at once go below one path (--to), or where a list says (--from). An archive, a layout or a folder of layouts
then stands for all images in it. Each keeps its own repository and tag; one without a name gets the name of its file.
In a list each line is an image and its targets; a name with spaces is in double quotes, and # begins a comment.
The same as JSON: [{"image": "web:1.2", "target": "ghcr.io/acme/web:1.2"}]

DESTINATION is one of:
  [docker://]REGISTRY/REPOSITORY[:TAG]   a registry
  oci:FOLDER[:NAME]                      an OCI layout, made or added to
  oci-archive:FILE[:NAME]                the same as one tar; an existing file is replaced
  docker-archive:FILE[:REFERENCE]        for docker load; the file must not exist yet
  dir:FOLDER                             manifest and blobs as plain files
  docker-daemon:REFERENCE                Docker’s own images
  containers-storage:REFERENCE           Podman’s, through its service

Examples:
  pushboat push ./my-layout ghcr.io/acme/web:1.2
  pushboat push web:1.2 oci-archive:web.tar:1.2
  pushboat push containers-storage:web:1.2 docker-archive:web.tar:acme/web:1.2
  pushboat push web:1.2 ghcr.io/acme/web:1.2 --target oci:/srv/mirror:web-1.2
  pushboat push --all-tags ./my-layout docker-archive:all.tar
  pushboat push '*.tar' --to harbor.example/airgap --receipt receipt.csv
  pushboat push --from images.txt --fail-fast
  docker save web:1.2 | pushboat push - ghcr.io/acme/web:1.2
  printf '%s:%s' "$USER_NAME" "$TOKEN" | pushboat push --creds - web:1.2 ghcr.io/acme/web:1.2

Ctrl-C stops a push; the same command continues from there. A second Ctrl-C ends it at once.`;

const LOGIN_HELP = `
Examples:
  pushboat login                                    # lists the known registries
  pushboat login ghcr.io
  pushboat login ghcr.io/acme                       # for the repositories of acme only
  printf %s "$TOKEN" | pushboat login --username ann --password-stdin ghcr.io`;

const COMPLETION_HELP = `
Where the scripts go:
  bash   pushboat completion bash > ~/.local/share/bash-completion/completions/pushboat
  zsh    pushboat completion zsh > a folder of $fpath, as _pushboat
  fish   pushboat completion fish > ~/.config/fish/completions/pushboat.fish`;

const ENGLISH_HELP: LongHelp = {
  command: COMMAND_HELP,
  program: PROGRAM_HELP,
  push: PUSH_HELP,
  login: LOGIN_HELP,
  completion: COMPLETION_HELP,
};

/** In the language of the person. */
export function longHelp({ language }: { language?: OtherLanguage | undefined } = {}): LongHelp {
  return language?.longHelp ?? ENGLISH_HELP;
}
