/**
 * Every way in which Pushboat can fail, by name. The code is what programs compare; the message is what people read.
 * A new failure gets a code here first, then a title in both languages (`errors.<CODE>` in renderer/i18n).
 */
export const ERROR_CODES = [
  /** A tar archive, or what it is compressed with, that is damaged or cannot be used; `position` is the byte. */
  'ARCHIVE_INVALID',
  /** A local blob's bytes do not have the digest that the manifest gives: the local side is corrupt. */
  'BLOB_CORRUPT',
  /** A blob that the manifest names is not in the local store. */
  'BLOB_MISSING',
  /** A local blob is longer or shorter than its descriptor says. */
  'BLOB_SIZE_MISMATCH',
  /** 413: the registry or something in front of it limits the size of a request. */
  'BLOB_TOO_LARGE',
  /** The person or a signal stopped the work. */
  'CANCELLED',
  /** The connection broke, after as many tries as the policy allows. */
  'CONNECTION_LOST',
  /** A file with logins cannot be read or parsed, or a program that keeps them fails. */
  'CREDENTIALS_UNREADABLE',
  /** 403 or the registry's own DENIED: the account lacks the right. */
  'DENIED',
  /** Something is at the destination that must not be overwritten. */
  'DESTINATION_EXISTS',
  /** A destination whose text, such as `oci:PATH:NAME`, does not follow its grammar. */
  'DESTINATION_INVALID',
  /** A folder or file that an image is written to cannot be written (permission, no room, I/O error). */
  'DESTINATION_UNWRITABLE',
  /** A digest that does not follow its grammar, or uses an algorithm that is not supported. */
  'DIGEST_INVALID',
  /** The registry refused the digest, or answered with another one, while the local bytes are right. */
  'DIGEST_MISMATCH',
  /** The host's name cannot be resolved. */
  'DNS_FAILED',
  /** Docker or Podman answers with an error, cannot be reached, or stops in the middle. */
  'ENGINE_FAILED',
  /** What an image is cannot be written in the manifest format that was asked for; `detail` says which part. */
  'FORMAT_UNSUPPORTED',
  /** Connection refused, no route, network down. */
  'HOST_UNREACHABLE',
  /** Several images match; the message lists them. */
  'IMAGE_AMBIGUOUS',
  /** No image matches in any store that was looked at. */
  'IMAGE_NOT_FOUND',
  /** A bug: something that should not happen. */
  'INTERNAL',
  /** The journal of what was pushed is busy, damaged or cannot be written; pushes continue without it. */
  'JOURNAL_UNUSABLE',
  /** A signing key needs a passphrase, or another one than was given. */
  'KEY_LOCKED',
  /** A key that signs or verifies cannot be used: no such key, a file of another kind, gpg is not installed. */
  'KEY_UNUSABLE',
  /** Not an OCI image layout, or one whose files contradict the specification. */
  'LAYOUT_INVALID',
  /** A manifest, index or config that is not what the specification allows. */
  'MANIFEST_INVALID',
  /** The registry refused the manifest. */
  'MANIFEST_REJECTED',
  /** A media type that Pushboat does not know how to push. */
  'MEDIA_TYPE_UNSUPPORTED',
  /** The image was pushed, but its signature could not be made or stored. */
  'NOT_SIGNED',
  /** A path or link in a store points out of it. */
  'PATH_ESCAPES',
  /** The server answers plain HTTP where HTTPS was asked for, or would need it. */
  'PLAIN_HTTP_REFUSED',
  /** The image has no manifest for a platform that was asked for; `candidates` are the platforms that it has. */
  'PLATFORM_NOT_FOUND',
  /** A policy of signatures that is not what containers-policy.json(5) allows. */
  'POLICY_INVALID',
  /** The policy of signatures does not let this image be used; `detail` names the requirement. */
  'POLICY_REFUSED',
  /** The other side does not speak the distribution API (HTML, missing headers, impossible ranges). */
  'PROTOCOL_ERROR',
  /** A proxy cannot be reached, refuses to connect to the registry's host, or does not speak as a proxy does. */
  'PROXY_FAILED',
  /** The URL of a proxy that cannot be understood. */
  'PROXY_INVALID',
  /** 407: the proxy wants a login, or refuses the one that it got. */
  'PROXY_UNAUTHORIZED',
  /** The registry has no room left: a quota, a storage limit, a full disk. */
  'QUOTA_EXCEEDED',
  /** 429, after as many tries as the policy allows. */
  'RATE_LIMITED',
  /** A redirect that must not be followed (https to http, too many). */
  'REDIRECT_REFUSED',
  /** A reference that does not follow the grammar; `part` and `position` say where. */
  'REF_INVALID',
  /** `blocked` in registries.conf: nothing may be sent to this registry from this computer. */
  'REGISTRY_BLOCKED',
  /** Any other refusal by the registry; `status` and `registryErrors` say which. */
  'REGISTRY_ERROR',
  /** 5xx, after as many tries as the policy allows. */
  'REGISTRY_UNAVAILABLE',
  /** 404 for the repository: it does not exist and the registry does not create it on push. */
  'REPOSITORY_UNKNOWN',
  /** Settings cannot be read or written. */
  'SETTINGS_UNREADABLE',
  /** The files of registries.d, or the place that they name for signatures, cannot be used. */
  'SIGNATURE_STORE_INVALID',
  /** A folder, file or socket of a store cannot be read (gone, permission, I/O error). */
  'SOURCE_UNREADABLE',
  /** A containers-storage store that contradicts itself: records, tar-split data and files do not belong together. */
  'STORE_INVALID',
  /** The registry does not let this tag move. */
  'TAG_IMMUTABLE',
  /** A push by tag was given a digest reference as target. */
  'TARGET_DIGEST',
  /** No target was given and the image has no reference of its own. */
  'TARGET_REQUIRED',
  /** No answer within the limit. */
  'TIMEOUT',
  /** TLS failed for another reason than trust (protocol, handshake). */
  'TLS_FAILED',
  /** The certificate is not trusted (unknown authority, wrong name, expired). */
  'TLS_UNTRUSTED',
  /** JSON or a manifest beyond the bound. */
  'TOO_LARGE',
  /** 401: no login, or the login was refused. */
  'UNAUTHORIZED',
  /** The feed of new versions gave an answer that names none. */
  'UPDATE_FEED_INVALID',
  /** The upload session is gone on the registry's side. */
  'UPLOAD_GONE',
  /** Wrong command-line usage. */
  'USAGE',
  /** The encrypted vault cannot be used on this computer; `detail` says why. */
  'VAULT_UNAVAILABLE',
  /** What is in the registry is not whole, or its signatures do not satisfy the policy. */
  'VERIFICATION_FAILED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
