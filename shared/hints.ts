/** What to do next, in English: the command line prints these, the window translates them by key. */
export const HINTS = {
  'add-login': 'Sign in to this registry, then push again.',
  'allow-registry': 'Take "blocked = true" out of that file if you may, or push to another registry.',
  'ask-gatekeeper':
    'No login changes this. Ask whoever runs that to let Pushboat’s requests through (their User-Agent begins with pushboat/), or push from another network.',
  'ask-owner': 'Ask the registry’s owner: another try will not change this.',
  'check-account-rights': 'Ask for push rights to this repository, or sign in with another account.',
  'check-address': 'Check the spelling of the registry’s address.',
  'check-folder':
    'Choose a folder that holds oci-layout, index.json and blobs, or an archive made by docker save or skopeo.',
  'check-key': 'Check the key’s name or file; gpg must have it among its secret keys.',
  'check-layout': 'Make the layout again with the tool that wrote it; the registry was not changed.',
  'check-network': 'Check the network connection, VPN and proxy, then try again.',
  'check-permissions': 'Check that the files exist and that you may read them.',
  'check-policy-file': 'Correct the policy file; containers-policy.json(5) describes it.',
  'check-registries-d': 'Correct the file; containers-registries.d(5) describes it.',
  'check-proxy':
    'Check the proxy: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or the one that is set for this registry.',
  'check-tag-policy': 'Push under another tag, or let the registry’s owner allow this tag to move.',
  'choose-data-folder':
    'Let PUSHBOAT_DATA_DIR name a folder that you may write to, or look at who may write to that one.',
  'choose-destination': 'Choose another place, or look at what is there and who may write to it.',
  'choose-one-platform': 'Choose one platform, for example --platform linux/amd64.',
  'choose-format': 'Push in another manifest format (--format), or without a format: then the manifest stays as it is.',
  'choose-platforms':
    'Choose platforms that are there (--platform os/architecture), or add the missing ones to the store.',
  'choose-target': 'Say where to push: type a target, or give --target on the command line.',
  'choose-temporary-folder':
    'Free some room there, or let TMPDIR (TEMP on Windows) name a folder that you may write to and that has enough of it.',
  'client-certificate':
    'Set a client certificate and its key for this registry, as its owner gave them to you: registry set HOST --client-cert FILE --client-key FILE.',
  'copy-whole-image': 'Copy the whole image again: what is there is not damaged, but parts are missing.',
  'confirm-replace': 'Choose another place or name, or allow it to be replaced.',
  'check-page':
    'Check the spelling of the registry’s address. In a guest network sign in to the network first: open any page in a browser.',
  'create-repository': 'Create the repository on the registry first, or check its name.',
  'describe-again':
    'The files are not damaged, the manifest or index that refers to them is wrong: build the image again, or have a newer version of the tool write it.',
  'fix-destination':
    'Write it as oci:PATH[:NAME], oci-archive:PATH[:NAME], docker-archive:PATH[:REF], dir:PATH, docker-daemon:REF or containers-storage:REF.',
  'fix-reference': 'Write the target as registry/repository:tag, for example ghcr.io/acme/web:1.2.',
  'follow-links':
    'No link out of a layout is followed. If you trust where it leads, copy the folder with its links followed (cp -RL) and push the copy.',
  'get-image-first':
    'Build or pull it first, or look at its spelling: `pushboat images` lists what is on this computer.',
  'give-passphrase': 'Give its passphrase with --sign-passphrase-file.',
  'goes-on-with-defaults': 'Until it is repaired, the default settings apply.',
  'goes-on-without-journal':
    'Pushes continue without it: they neither use what earlier ones have sent nor remember what they send.',
  'goes-on-without-login': 'The logins in it are not used; Pushboat looks for a login in the other places.',
  'install-unpacker':
    'Install that program (Debian and Ubuntu: xz-utils or bzip2; macOS: brew install xz), or pack it again with gzip, zstd or not at all.',
  'join-engine-group':
    'Add your user to the group that owns the socket (docker: sudo usermod -aG docker $USER), then sign in to the computer again.',
  'keep-elsewhere':
    'Keep this login in another place (--remember containers-file), or name the helper for its own registries only: credHelpers instead of credsStore in Docker’s config.json.',
  'limit-request-size': 'Set a chunk size for this registry, or raise the limit of the proxy in front of it.',
  'look-at-policy': 'Choose another image, or change the policy file that is named if you trust this one.',
  'make-room': 'Free some space there, or choose a place with more.',
  'pack-otherwise':
    'It is not damaged: pack it again in one file, and compress it with gzip, with zstd at its usual window size, or not at all.',
  'points-outside':
    'Make the image again with a tool that you trust: Pushboat reads nothing outside its own folder or archive.',
  'proxy-login':
    'Give the proxy a user name and password: http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY, or as the proxy of this registry.',
  'push-an-image':
    'Build, save or copy the image in the format of OCI or Docker’s schema 2: this one is not damaged, but in another format.',
  'push-by-tag': 'Give the target a tag instead of a digest; the digest follows from the image.',
  'push-there': 'If that is the registry’s own name, push there: a login is not sent on to another host.',
  'push-again': 'Push the image again: what is missing is sent.',
  'rebuild-image': 'Build or copy the image again: its local files are damaged.',
  'report-bug': 'This looks like a bug in Pushboat. Please report it with what you did.',
  retry: 'Try again; what the registry has kept is not sent again.',
  'retry-later': 'Wait a moment and try again; what the registry has kept is not sent again.',
  'run-help': 'Run the command with --help to see how it is used.',
  'sign-in-to-network': 'Open any page in a browser and sign in to the network, then push again.',
  'session-login': 'Keep the login for this session only, or use a credential helper.',
  'sign-again': 'Try again: only the signature is made, the image is not pushed again.',
  'start-engine': 'Start Docker or Podman, or correct its address (DOCKER_HOST or the Docker context).',
  'start-podman-service':
    'Start Podman’s service (systemctl --user start podman.socket, or podman system service), or write to oci: or docker-archive: instead.',
  'trust-certificate': 'Trust this certificate or its CA for the registry if you know it, or use --tls-verify=false.',
  'use-another-login': 'Check the user name and the password or token, and sign in again.',
  'use-full-name': 'Use the whole name of one of the images listed.',
  'use-plain-http': 'Set this registry to plain HTTP if that is what you want, or use --tls-verify=false.',
  'use-podman-socket':
    'Start the Podman socket (systemctl --user start podman.socket) and push the image from the source Podman.',
} as const satisfies Record<string, string>;

export type HintKey = keyof typeof HINTS;
export const HINT_KEYS = Object.keys(HINTS) as HintKey[];
