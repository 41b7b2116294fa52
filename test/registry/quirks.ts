/** Standing peculiarities of real registries, switched on per test; `registry.quirks` may be changed while it runs. */
export interface Quirks {
  /** How upload Locations are written. `elsewhere` points at the second listener (option `elsewhere`). */
  location: 'absolute' | 'relative' | 'elsewhere';
  /** The Location carries a query of its own that changes with every answer and must come back. */
  uploadState: boolean;
  /** `OCI-Chunk-Min-Length` in the answer to POST, and chunks below it (the last one aside) refused. Bytes; 0 = none. */
  chunkMinLength: number;
  /** Chunks must have the length of the first, the last one aside, as the parts of an object in Cloudflare's R2. */
  alikeChunks: boolean;
  /** Chunks above this are refused with 416 in GitHub's words. Bytes; 0 = no limit. */
  maxChunkBytes: number;
  /**
   * What a PATCH without a range is, where it is not the first of its upload: refused, as Gitea does; taken for one at the beginning, so that it
   * does not fit, as by cue-labs/oci; or an error, and the first one was the whole blob, as at Pulp.
   */
  withoutRange: 'taken' | 'refused' | 'misfit' | 'spoils';
  /** What a front does with a PATCH: refuses it, also with 403 and a page, or breaks it off; that of no given length alone; or passes that on empty. */
  patches: 'taken' | 'forbidden' | 'failing' | 'failing-without-length' | 'empty-without-length';
  /** 201 is what ECR answers to PATCH. */
  patchStatus: 201 | 202;
  /**
   * What `Range` says: what is there; one byte more, as Quay's does for GET and 416; where the first chunk ended, as ECR's does; the last
   * chunk alone; or it is not sent.
   */
  range: 'right' | 'one-more' | 'first-chunk' | 'last-chunk' | 'none';
  /** Bodies above this get 413 before they are read, then the connection is closed, as nginx does. Bytes; 0 = no limit. */
  maxBodyBytes: number;
  /**
   * And this status instead of 413: 502 is what a front says (Caddy) that breaks off its own request to the registry, 404 is IIS’s, 403 that of
   * firewalls.
   */
  tooLargeStatus: 400 | 403 | 404 | 413 | 502;
  /** The connection ends in the middle of a PATCH above this, and nothing of that is kept, as behind a line that breaks. Bytes; 0 = no limit. */
  breaksAfter: number;
  /**
   * False: a mount request opens an ordinary upload (202). `pretended` answers 201 and mounts nothing; `another` does so for a digest that
   * was not asked for.
   */
  mount: boolean | 'pretended' | 'another';
  /**
   * A whole blob that comes with the end of its upload, without a PATCH before: it is taken; the registry says that it has no such upload,
   * blob, or request, as Artifactory's; or its bytes are not looked at, as those of older Pulp.
   */
  wholeBlobs: 'taken' | 'unknown' | 'unsupported' | 'ignored';
  /** The referrers API, and `OCI-Subject` in answers to manifests with a subject. */
  referrers: boolean;
  /** Keeps simple signatures itself, by digest, and says so (`X-Registry-Supports-Signatures`). */
  signatures: Map<string, object[]> | undefined;
  /** False: answers to manifests come without `Docker-Content-Digest`. */
  contentDigest: boolean;
  /** Manifests of these media types are refused with MANIFEST_INVALID and `rejectedStatus`. */
  rejectedMediaTypes: string[];
  rejectedStatus: 400 | 404 | 405 | 415;
  /** What is said then instead of the reason. */
  rejectedBody: object | undefined;
  /** A tag that exists does not move: refused with this status. 0 = tags move. */
  immutableTags: 0 | 400 | 403 | 409 | 412;
  /** Answers as Flask gives them to Quay: all marked as text/html, `true` to GET /v2/ and `OK` to manifests, the others empty. */
  markedHtml: boolean;
  /** When given, only these repositories exist; others get 404 NAME_UNKNOWN, as in registries without create-on-push. */
  repositories: string[] | undefined;
}

export function defaultQuirks(): Quirks {
  return {
    location: 'absolute',
    uploadState: true,
    chunkMinLength: 0,
    alikeChunks: false,
    maxChunkBytes: 0,
    withoutRange: 'taken',
    patches: 'taken',
    patchStatus: 202,
    range: 'right',
    maxBodyBytes: 0,
    tooLargeStatus: 413,
    breaksAfter: 0,
    mount: true,
    wholeBlobs: 'taken',
    referrers: true,
    signatures: undefined,
    contentDigest: true,
    rejectedMediaTypes: [],
    rejectedStatus: 400,
    rejectedBody: undefined,
    immutableTags: 0,
    markedHtml: false,
    repositories: undefined,
  };
}
