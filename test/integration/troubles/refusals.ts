import type { FaultAction } from '../../registry/faults.ts';
import type { Scene } from '../scene.ts';
import { PUT_BLOB, type Trouble } from './trouble.ts';

/** Every request that the pattern matches is answered so, until the faults are cleared. */
function always(action: FaultAction, on: { method?: string; path?: RegExp } = { path: /\/team\/app\// }) {
  return async (scene: Scene) => {
    const registry = await scene.serve();
    registry.faults.add({ on, times: Number.POSITIVE_INFINITY, action });
    return () => registry.faults.clear();
  };
}

const answer = (status: number, body?: unknown): FaultAction => ({
  kind: 'answer',
  status,
  headers: { 'retry-after': '0' },
  ...(body === undefined ? {} : { body }),
});

export const REFUSALS: Trouble[] = [
  {
    what: '401 with a wrong password',
    cause: async (scene) => {
      await scene.serve({ auth: { kind: 'bearer', users: { ann: 'right' } } });
      scene.login = { username: 'ann', password: 'wrong', origin: { kind: 'command-line' } };
      return () => {
        scene.login = { username: 'ann', password: 'right', origin: { kind: 'session' } };
      };
    },
    code: 'UNAUTHORIZED',
    says: /did not accept the login of ann[\s\S]*Login tried: ann \(from the command line\)/,
    next: /sign in again/,
    status: 3,
  },
  {
    what: '401 without a login',
    cause: async (scene) => {
      await scene.serve({ auth: { kind: 'basic', users: { ann: 'right' } } });
      return () => {
        scene.login = { username: 'ann', password: 'right', origin: { kind: 'session' } };
      };
    },
    code: 'UNAUTHORIZED',
    says: /asks for a login[\s\S]*No login was found/,
    next: /Sign in to this registry/,
    status: 3,
  },
  {
    what: '403: the account lacks the right',
    cause: async (scene) => {
      let allowed = false;
      const allow = (_: unknown, __: unknown, action: string) => allowed || action === 'pull';
      await scene.serve({ auth: { kind: 'basic', users: { ann: 'right' }, allow } });
      scene.login = { username: 'ann', password: 'right', origin: { kind: 'session' } };
      return () => {
        allowed = true;
      };
    },
    code: 'DENIED',
    says: /403 Forbidden[\s\S]*ann/,
    next: /Ask for push rights/,
    status: 3,
  },
  {
    what: '404: the repository does not exist',
    cause: async (scene) => {
      const registry = await scene.serve({ quirks: { repositories: [] } });
      return () => {
        registry.quirks.repositories = undefined;
      };
    },
    code: 'REPOSITORY_UNKNOWN',
    says: /has no repository team\/app[\s\S]*NAME_UNKNOWN/,
    next: /Create the repository/,
  },
  {
    what: '413: the request is too large',
    cause: always(answer(413, '<html><title>413 Request Entity Too Large</title></html>'), {
      path: /\/blobs\/uploads\/[^?]/,
    }),
    code: 'BLOB_TOO_LARGE',
    says: /limits the size of a request \(413/,
    next: /chunk size/,
  },
  {
    what: '429, always',
    cause: always(answer(429)),
    code: 'RATE_LIMITED',
    says: /limits how many requests it takes \(429/,
    next: /Wait a moment/,
  },
  {
    what: '503, always',
    cause: always(answer(503), PUT_BLOB),
    code: 'REGISTRY_UNAVAILABLE',
    says: /503 Service Unavailable/,
    next: /Wait a moment/,
  },
  {
    what: '500 with a web page, always',
    cause: always(answer(500, '<html><title>Something broke</title></html>'), PUT_BLOB),
    code: 'REGISTRY_UNAVAILABLE',
    says: /Something broke/,
    next: /Wait a moment/,
  },
  {
    what: 'a web page instead of the API',
    cause: always(answer(200, '<html><title>Welcome to the intranet</title></html>'), {}),
    code: 'PROTOCOL_ERROR',
    says: /a web page instead of the registry API.*Welcome to the intranet/,
    next: /Check the spelling of the registry’s address/,
  },
  {
    what: 'a registry that damages what it gets: the local side is right',
    cause: always(
      answer(400, { errors: [{ code: 'DIGEST_INVALID', message: 'provided digest did not match' }] }),
      PUT_BLOB,
    ),
    code: 'DIGEST_MISMATCH',
    says: /provided digest did not match/,
    next: /Try again/,
    commandLine: false,
  },
  {
    what: 'a manifest that the registry refuses',
    cause: always(answer(400, { errors: [{ code: 'MANIFEST_INVALID', message: 'no such schema' }] }), {
      method: 'PUT',
      path: /\/manifests\//,
    }),
    code: 'MANIFEST_REJECTED',
    says: /no such schema/,
    next: /./,
  },
  {
    what: 'a tag that must not move',
    cause: async (scene) => {
      const registry = await scene.serve({ quirks: { immutableTags: 409 } });
      const bytes = Buffer.from(
        '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
      );
      registry.seedManifest('team/app', '1', bytes, 'application/vnd.oci.image.index.v1+json');
      return () => {
        registry.quirks.immutableTags = 0;
      };
    },
    code: 'TAG_IMMUTABLE',
    says: /does not let the tag team\/app:1 move/,
    next: /another tag/,
  },
];
